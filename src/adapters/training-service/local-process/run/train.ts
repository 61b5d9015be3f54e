// Runs one process per host until all have ended, one has failed, the time is up or a stop was asked for.
// Knows nothing of folders, channels or the job's end: it starts, waits and ends processes.
import { type ChildProcess, spawn } from "node:child_process"
import type { Readable } from "node:stream"
import { identify } from "../../../process/identity.ts"
import { sendSignal } from "../../../process/processes.ts"
import type { HostLog } from "./host-log.ts"

/** One process of the job, leader of a session of its own. */
export interface Trainer {
  readonly host: string
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly log: HostLog
}

export interface HostExit {
  readonly host: string
  /** null: ended by a signal, or never started. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why it could not be started; null: it was. */
  readonly error: string | null
}

export interface TrainingEnd {
  readonly by: "itself" | "failure" | "stop" | "maxRuntime"
  /** In the order in which they ended. */
  readonly exits: readonly HostExit[]
}

export interface TrainOptions {
  readonly stop: AbortSignal
  /** From now; the time is up then. */
  readonly runtimeMs: number
  /** Between SIGTERM and SIGKILL after a stop or when the time is up. */
  readonly graceMs: number
  /** Called with the identity of each session leader before it is waited for. */
  readonly onStarted: (identity: string) => void
}

/** When one host failed, the others have so long. */
const FAILURE_GRACE_MS = 5_000
/** Whoever still holds the log of an ended trainer open is not waited for any longer. */
const LAST_WORDS_MS = 1_000
/** setTimeout fires at once beyond 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647

export async function train(trainers: readonly Trainer[], options: TrainOptions): Promise<TrainingEnd> {
  if (options.stop.aborted) return { by: "stop", exits: [] }
  const exits: HostExit[] = []
  const running = new Set<number>()
  const failed = Promise.withResolvers<"failure">()
  const all = trainers.map(async (trainer) => {
    const exit = await runTrainer(trainer, running, options.onStarted)
    exits.push(exit)
    if (exit.code !== 0) failed.resolve("failure")
  })
  const itself = Promise.all(all).then(() => "itself" as const)
  const timer = cancellableDelay(options.runtimeMs)
  const by = await Promise.race([failed.promise, itself, stopOf(options.stop), timer.passed])
  timer.cancel()
  if (by !== "itself") await endAll(running, itself, by === "failure" ? FAILURE_GRACE_MS : options.graceMs)
  await itself
  const isFailure = by === "itself" && exits.some(({ code }) => code !== 0)
  return { by: isFailure ? "failure" : by, exits }
}

async function runTrainer(
  trainer: Trainer,
  running: Set<number>,
  onStarted: (identity: string) => void,
): Promise<HostExit> {
  const [file, ...args] = trainer.command
  const { host } = trainer
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: trainer.cwd,
      env: { ...trainer.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const { pid } = child
    child.once("error", (error) => resolve({ host, code: null, signal: null, error: error.message }))
    if (pid === undefined) return
    running.add(pid)
    onStarted(identify(pid) ?? "")
    const logged = Promise.all([copyToLog(child.stdout, trainer.log), copyToLog(child.stderr, trainer.log)])
    child.once("exit", async (code, signal) => {
      // A container ends with its first process: what that left behind goes with it.
      sendSignal(-pid, "SIGKILL")
      running.delete(pid)
      await withinLastWords(logged, child)
      resolve({ host, code, signal, error: null })
    })
  })
}

function copyToLog(stream: Readable, log: HostLog): Promise<void> {
  const into = log.stream()
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => into.write(chunk))
    stream.once("close", () => {
      into.end()
      resolve()
    })
  })
}

async function withinLastWords(logged: Promise<unknown>, child: ChildProcess): Promise<void> {
  const patience = cancellableDelay(LAST_WORDS_MS)
  await Promise.race([logged, patience.passed])
  patience.cancel()
  child.stdout?.destroy()
  child.stderr?.destroy()
  await logged
}

async function endAll(running: ReadonlySet<number>, itself: Promise<unknown>, graceMs: number): Promise<void> {
  for (const group of running) sendSignal(-group, "SIGTERM")
  const grace = cancellableDelay(graceMs)
  await Promise.race([itself, grace.passed])
  grace.cancel()
  for (const group of running) sendSignal(-group, "SIGKILL")
}

function stopOf(signal: AbortSignal): Promise<"stop"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stop")
    else signal.addEventListener("abort", () => resolve("stop"), { once: true })
  })
}

function cancellableDelay(milliseconds: number): { readonly passed: Promise<"maxRuntime">; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<"maxRuntime">()
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    timer = setTimeout(
      () => (left > LONGEST_TIMER_MS ? wait(left - LONGEST_TIMER_MS) : resolve("maxRuntime")),
      Math.min(left, LONGEST_TIMER_MS),
    )
  }
  wait(Math.max(milliseconds, 0))
  return { passed: promise, cancel: () => clearTimeout(timer) }
}
