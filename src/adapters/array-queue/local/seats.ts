import type { RunTable, Seat } from "../../../ports/run-table.ts"
import { isAlive } from "../../process/identity.ts"

export type Seats = Pick<RunTable, "readSeat" | "takeSeat">

/** Whoever holds it carries the array. */
export function carrierSeat(array: string): string {
  return `array:${array}`
}

/** Whether a process that may be alive holds the seat; one of another host counts as alive. */
export function isHeld(seat: Seat | null): boolean {
  return seat !== null && seat.holder !== "" && isAlive(seat.holder) !== false
}

/**
 * Sits down where nobody alive sits. False: somebody else does. Of several at once exactly one gets the seat. Who sits there
 * already (the answer to an earlier call was lost) keeps it.
 */
export async function takeFreeSeat(table: Seats, name: string, me: string, at: number): Promise<boolean> {
  const seat = await table.readSeat(name)
  if (seat?.holder === me) return true
  if (isHeld(seat)) return false
  return table.takeSeat({ name, version: (seat?.version ?? 0) + 1, holder: me, at })
}

/**
 * The places for workers of one run: as many seats as workers may run at once, shared by the carriers of all its arrays
 * (slices, retries). A carrier keeps what it took while it has children to start, so an array costs a few writes, not one per child.
 */
export class WorkerPlaces {
  readonly #table: Seats
  readonly #run: string
  readonly #size: number
  readonly #me: string
  readonly #mine: number[] = []

  constructor(table: Seats, run: string, size: number, me: string) {
    this.#table = table
    this.#run = run
    this.#size = size
    this.#me = me
  }

  get held(): number {
    return this.#mine.length
  }

  /** One more place; false: all are taken. */
  async take(at: number): Promise<boolean> {
    for (let tried = 0; tried < this.#size; tried += 1) {
      const place = (this.#mine.length + tried) % this.#size
      if (this.#mine.includes(place) || !(await takeFreeSeat(this.#table, this.#name(place), this.#me, at))) continue
      this.#mine.push(place)
      return true
    }
    return false
  }

  /** Gives back all places but `keep`. */
  async release(keep: number, at: number): Promise<void> {
    while (this.#mine.length > keep) {
      const name = this.#name(this.#mine.at(-1) ?? 0)
      const seat = await this.#table.readSeat(name)
      if (seat?.holder === this.#me) {
        await this.#table.takeSeat({ name, version: seat.version + 1, holder: "", at })
      }
      // Only now: a place that the table did not take back is ours still, and nobody else's for as long as we live.
      this.#mine.pop()
    }
  }

  #name(place: number): string {
    return `worker:${this.#run}:${place}`
  }
}
