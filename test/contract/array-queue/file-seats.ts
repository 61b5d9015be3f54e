import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Seats } from "../../../src/adapters/array-queue/local/seats.ts"
import type { Seat } from "../../../src/ports/run-table.ts"

/** Seats that processes share: one file per taking, made exclusively. */
export class FileSeats implements Seats {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async readSeat(name: string): Promise<Seat | null> {
    const own = (await readdir(this.#folder)).filter((file) => file.startsWith(`${name}@`))
    const newest = own.map((file) => Number(file.split("@")[1])).sort((a, b) => b - a)[0]
    if (newest === undefined) return null
    const text = await readFile(join(this.#folder, `${name}@${newest}`), "utf8")
    // Between its making and its writing the file is empty: somebody is just sitting down.
    return text === "" ? { name, version: newest, holder: "somebody", at: 0 } : (JSON.parse(text) as Seat)
  }

  async takeSeat(next: Seat): Promise<boolean> {
    try {
      await writeFile(join(this.#folder, `${next.name}@${next.version}`), JSON.stringify(next), { flag: "wx" })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      throw error
    }
  }
}
