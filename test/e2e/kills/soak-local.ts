import { setTimeout as delay } from "node:timers/promises"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { ROW_STATUSES } from "../../../src/core/decision/row.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { type Call, KillBench, type Stamp } from "./kill-bench.ts"

export interface SoakedSeed {
  readonly seed: number
  /** What must not be, in words; empty: nothing. */
  readonly broken: readonly string[]
  readonly doubled: number
  /** Rows that did not come to their end. */
  readonly lost: number
  readonly counts: Readonly<Record<string, number>>
  readonly killed: { readonly worker: number; readonly trainer: number; readonly follower: number }
  readonly seconds: number
}

/** A row may lose its trainer so often, and still completes. */
const MAX_ATTEMPTS = 10
/** Between two kills, at most. */
const KILL_EVERY_MS = 700
/** So many rows to a kill of a trainer: the more there are, the longer the run. */
const ROWS_PER_KILL = 3
const LATEST_MS = 30 * 60_000

const SETTINGS = `  max_attempts: ${MAX_ATTEMPTS}
follow: detached
limits: {us-east-1: {ml.m5.large: 2}, eu-west-1: {ml.m5.large: 2}, eu-central-1: {ml.m5.large: 2}}`

/** One run of real processes, of which workers, trainers and the follower are killed at random until a third of the rows had their kill. */
export async function soakLocally(entry: string, seed: number, rows: number): Promise<SoakedSeed> {
  const bench = new KillBench({ entry, settings: SETTINGS, rows, secondsToTrain: 0.4, parallel: [4, 2] })
  const startedAt = performance.now()
  const killed = { worker: 0, trainer: 0, follower: 0 }
  try {
    const run = (await bench.succeed("submit", "manifest.csv", "-y", "--no-follower")).trim()
    await followWithKills(bench, run, { seed, rows, killed })
    const status = JSON.parse(await bench.succeed("status", run, "-o", "json")) as StatusDocument
    const isQuiet = await bench.isQuiet()
    const judged = judge(status, bench.stamps(), rows, killed.trainer)
    const broken = isQuiet ? judged.broken : [...judged.broken, "processes were left"]
    return { seed, ...judged, broken, killed, counts: status.counts, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    await bench.close()
  }
}

interface Kills {
  readonly seed: number
  readonly rows: number
  readonly killed: { worker: number; trainer: number; follower: number }
}

/** A follower is started again whenever it was killed, until one has seen the run end. */
async function followWithKills(bench: KillBench, run: string, { seed, rows, killed }: Kills): Promise<void> {
  const random = chance(seed)
  const most = Math.ceil(rows / ROWS_PER_KILL)
  const deadline = Date.now() + LATEST_MS
  let call: Call = bench.start("follow", run)
  while (Date.now() < deadline) {
    const ended = await endedWithin(call, random() * KILL_EVERY_MS)
    if (ended?.code === 0) return
    if (ended !== null) call = bench.start("follow", run)
    const kind = pick(random, ["worker", "worker", "trainer", "trainer", "follower"] as const)
    if (killed.worker + killed.trainer + killed.follower >= most) continue
    if (kind === "follower") {
      call.process.kill("SIGKILL")
      killed.follower += 1
      continue
    }
    const victims = bench.identities(kind)
    const victim = victims[Math.floor(random() * victims.length)]
    if (victim !== undefined && signalProcess(victim, "SIGKILL")) killed[kind] += 1
  }
  throw new Error(`seed ${seed}: the run did not end in ${LATEST_MS / 60_000} minutes`)
}

async function endedWithin(call: Call, ms: number) {
  const late = new AbortController()
  const first = await Promise.race([call.ended, delay(ms, null, { signal: late.signal }).catch(() => null)])
  late.abort()
  return first
}

/** What is true of a run whatever was killed: each row once at a time, each at its end, no training that nobody asked for. */
function judge(
  { counts, rows }: StatusDocument,
  stamps: readonly Stamp[],
  size: number,
  trainers: number,
): Pick<SoakedSeed, "broken" | "doubled" | "lost"> {
  const doubled = stamps.filter(({ what }) => what === "double").length
  const lost = rows.filter(({ status }) => status !== "completed").length
  const starts = stamps.filter(({ what }) => what === "start").length
  const trained = new Set(stamps.flatMap(({ what, row }) => (what === "end" ? [row] : [])))
  const sum = ROW_STATUSES.reduce((total, status) => total + counts[status], 0)
  const broken = [
    ...(doubled > 0 ? [`one-live-job: ${doubled} trainings beside another of the same row`] : []),
    ...(lost > 0 ? [`it-ends: ${lost} rows did not complete`] : []),
    ...(sum === size ? [] : [`counts-and-money: the counts add up to ${sum}, the run has ${size} rows`]),
    ...(trained.size === size ? [] : [`final-is-final: ${size - trained.size} rows completed without a training`]),
    ...(starts <= size + trainers
      ? []
      : [`one-live-job: ${starts} trainings of ${size} rows, ${trainers} were killed`]),
  ]
  return { broken, doubled, lost }
}

function pick<Item>(random: () => number, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0]
}

/** Uniform in [0, 1), the same for the same seed; when a kill falls, the machine decides as well. */
function chance(seed: number): () => number {
  let state = ((seed + 1) * 48_271) % 2_147_483_647
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
