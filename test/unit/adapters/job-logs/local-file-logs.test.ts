import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { LocalFileLogs } from "../../../../src/adapters/job-logs/local-files/local-file-logs.ts"
import { identify } from "../../../../src/adapters/process/identity.ts"
import type { LogLine } from "../../../../src/ports/job-logs.ts"
import type { Clock } from "../../../../src/ports/world.ts"
import { anAttempt, aRun } from "../../../builders.ts"

const attempt = anAttempt()
let state: string
let job: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "regatta-logs-"))
  job = join(state, "jobs", attempt.jobName)
  mkdirSync(join(job, "logs"), { recursive: true })
})
afterEach(() => rmSync(state, { recursive: true }))

/** Time passes only where somebody sleeps, and each sleep makes the next thing happen. */
function clockOf(...happenings: (() => void)[]): Clock & { readonly sleeps: number[] } {
  let now = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => now,
    async sleep(until) {
      sleeps.push(until - now)
      now = until
      happenings.shift()?.()
    },
  }
}

function log(host: string, text: string, times = ""): void {
  appendFileSync(join(job, "logs", `${host}.log`), text)
  appendFileSync(join(job, "logs", `${host}.times`), times)
}

function end(): void {
  writeFileSync(join(job, "end.json"), "{}")
}

async function read(
  options: { readonly follow?: boolean; readonly tail?: number | null },
  clock: Clock = clockOf(),
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly LogLine[]> {
  const logs = new LocalFileLogs({ stateFolder: state, clock })
  const lines: LogLine[] = []
  for await (const line of logs.read(aRun(), attempt, { follow: false, tail: null, ...options }, signal))
    lines.push(line)
  return lines
}

test("a job without a log has no lines", async () => {
  rmSync(job, { recursive: true })
  expect(await read({})).toEqual([])
})

test("lines of several hosts come in order of time, each host's in its own order", async () => {
  log("algo-1", "a\nb\nc\n", "0 1000\n4 3000\n")
  log("algo-2", "x\ny\n", "0 2000\n2 4000\n")
  expect(await read({})).toEqual([
    { host: "algo-1", at: 1000, text: "a" },
    { host: "algo-1", at: 1000, text: "b" },
    { host: "algo-2", at: 2000, text: "x" },
    { host: "algo-1", at: 3000, text: "c" },
    { host: "algo-2", at: 4000, text: "y" },
  ])
})

test("a log without times is read in the order of its hosts", async () => {
  log("algo-10", "z\n")
  log("algo-2", "y\n")
  expect((await read({})).map(({ host, at }) => [host, at])).toEqual([
    ["algo-2", null],
    ["algo-10", null],
  ])
})

test.each([
  [0, []],
  [1, ["c"]],
  [2, ["b", "c"]],
  [9, ["a", "b", "c"]],
])("tail %i gives the last lines of each host", async (tail, expected) => {
  log("algo-1", "a\nb\nc\n", "0 1\n")
  expect((await read({ tail })).map(({ text }) => text)).toEqual(expected)
})

test("tail finds lines across the pieces in which a file is read", async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${"x".repeat(50)}`)
  log("algo-1", `${lines.join("\n")}\n`)
  expect((await read({ tail: 2_500 })).map(({ text }) => text)).toEqual(lines.slice(500))
})

test("follow gives lines as they come and ends after the job's end and its last line", async () => {
  log("algo-1", "a\n")
  const clock = clockOf(
    () => log("algo-1", "half"),
    () => log("algo-1", " whole\n"),
    () => log("algo-2", "late host\n"),
    () => {
      log("algo-1", "last")
      end()
    },
  )
  expect((await read({ follow: true }, clock)).map(({ text }) => text)).toEqual([
    "a",
    "half whole",
    "late host",
    "last",
  ])
})

test("follow looks a few times a second, not more", async () => {
  const clock = clockOf(...Array.from({ length: 19 }, () => () => {}), end)
  await read({ follow: true }, clock)
  expect(clock.sleeps.length).toBe(20)
  expect(Math.min(...clock.sleeps)).toBeGreaterThanOrEqual(100)
})

test("follow ends when the job's supervisor is dead", async () => {
  log("algo-1", "a\n")
  const clock = clockOf(() => writeFileSync(join(job, "supervisor.json"), JSON.stringify({ process: deadProcess() })))
  expect((await read({ follow: true }, clock)).length).toBe(1)
})

test("follow ends when the signal fires", async () => {
  const stopped = new AbortController()
  log("algo-1", "a\n")
  const clock = clockOf(() => stopped.abort())
  expect((await read({ follow: true }, clock, stopped.signal)).map(({ text }) => text)).toEqual(["a"])
})

/** Of this host and an earlier boot. */
function deadProcess(): string {
  return (identify(process.pid) ?? "").replace(/\.[^.]+\.(\d+)\.(\d+)$/, ".00000000.$1.$2")
}
