import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LocalArrayQueue } from "../../../src/adapters/array-queue/local/local-array-queue.ts"
import { FileSeats } from "./file-seats.ts"
import type { QueueUnderTest, Started } from "./suite.ts"

export interface LocalBench extends QueueUnderTest {
  readonly queue: LocalArrayQueue
  readonly seats: FileSeats
  readonly stateFolder: string
  readonly scripts: string
}

/** A local queue with real processes whose workers do what a test writes down. */
export async function openLocalBench(): Promise<LocalBench> {
  const folder = await mkdtemp(join(tmpdir(), "regatta-queue-"))
  const [seatsFolder, scripts, stateFolder] = ["seats", "scripts", "state"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [seatsFolder, scripts, stateFolder]) await mkdir(each)
  const seats = new FileSeats(seatsFolder)
  const self = join(import.meta.dirname, "scripted-worker.sh")
  const queue = new LocalArrayQueue({
    stateFolder,
    table: seats,
    self: [self],
    environment: {
      PATH: process.env["PATH"],
      CARRIER_NODE: process.execPath,
      CARRIER_ENTRY: join(import.meta.dirname, "carrier-entry.ts"),
      SELF: self,
      SEATS: seatsFolder,
      SCRIPTS: scripts,
      REGATTA_ROW_INDEX: "left behind by another job",
    },
  })
  return {
    queue,
    seats,
    stateFolder,
    scripts,
    script: (child, ...steps) => writeFile(join(scripts, String(child)), `${steps.join("\n")}\n0\n`.replace(/^\n/, "")),
    started: () => startedIn(scripts),
    async close() {
      await endAll(queue, stateFolder)
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

async function startedIn(scripts: string): Promise<readonly Started[]> {
  const files = (await readdir(scripts)).filter((file) => file.startsWith("started-"))
  const all: Started[] = []
  for (const file of files) {
    const [run, job, attempt, arrayIndex, rowIndex, rowOffset, rowList] = (
      await readFile(join(scripts, file), "utf8")
    ).split("|") as [string, string, string, string, string, string, string]
    all.push({ run, job, attempt, arrayIndex, rowIndex, rowOffset, rowList })
  }
  return all.sort((a, b) => Number(a.attempt) - Number(b.attempt))
}

/** No test leaves a process behind, also when it failed half way. */
async function endAll(queue: LocalArrayQueue, stateFolder: string): Promise<void> {
  const names = await readdir(join(stateFolder, "arrays")).catch(() => [])
  for (const name of names) await queue.end(name, "the test is over")
  const isOver = async () => {
    const counts = await queue.counts(names)
    return [...counts.values()].every(({ queued, running }) => queued + running === 0)
  }
  const deadline = Date.now() + 20_000
  while (!(await isOver())) {
    if (Date.now() > deadline) throw new Error(`arrays do not end: ${names.join(", ")}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
