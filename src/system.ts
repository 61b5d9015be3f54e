// The process we run in: clock, chance, streams, signals, environment, as a Shell.
// The only file that touches them; it decides nothing and reads no file of the user's.
import { userInfo } from "node:os"
import { dirname } from "node:path"
import { identify } from "./adapters/process/identity.ts"
import { ERROR_CODES } from "./core/errors.ts"
import type { Instant } from "./core/ids.ts"
import type { Digest } from "./ports/digest.ts"
import type { Clock, Log, LogLevel, Shell } from "./ports/world.ts"

const LEVELS: readonly (LogLevel | "silent")[] = ["debug", "info", "warn", "error", "silent"]
/** Characters of the log that are kept while the disk refuses them; what comes beyond is lost. */
const MOST_LOG_KEPT = 65_536
/** setTimeout fires at once beyond 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647

/** The shell of this process. `entry` is the file that was started, so that other processes of ours start the same code. */
export async function createShell(
  entry: string,
  defaultLogLevel: (argv: readonly string[]) => LogLevel | "silent",
): Promise<Shell> {
  const argv = process.argv.slice(2)
  return {
    clock,
    random: Math.random,
    digest,
    log: await createLog(logLevelOf(process.env["REGATTA_LOG"]) ?? defaultLogLevel(argv)),
    argv,
    env: process.env,
    cwd: callersFolder(),
    user: process.env["REGATTA_USER"] ?? userName(),
    self: [process.execPath, ...process.execArgv, entry],
    packageFolder: dirname(dirname(entry.endsWith(".ts") ? dirname(entry) : entry)),
    calledAs: calledAs(),
    process: identify(process.pid) ?? `unknown.0.${process.pid}.0`,
    out: (text) => void process.stdout.write(text),
    drained: () => drained(process.stdout),
    err: (text) => void process.stderr.write(text),
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    isTerminal: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
    color: (process.env["NO_COLOR"] ?? "") === "" && process.stdout.isTTY === true && process.env["TERM"] !== "dumb",
    ask,
    terminated: terminationSignal(),
    onInterrupt(callback) {
      process.on("SIGINT", callback)
      return () => process.off("SIGINT", callback)
    },
  }
}

/** Ends the process with this code after everything written has left; what still hangs (a socket, a timer) is not waited for. */
export async function finish(code: number): Promise<never> {
  await Promise.all([drained(process.stdout), drained(process.stderr)])
  // A write that fails at once says so a turn later.
  await new Promise((resolve) => setImmediate(resolve))
  if (lostOutput === null) process.exit(code)
  process.stderr.write(`error: cannot write the output: ${lostOutput.message}\n`)
  process.exit(code === 0 ? ERROR_CODES.unavailable.command : code)
}

/** What kept stdout, redirected to a full disk for example, from being written: nobody must take the rest for the whole. */
let lostOutput: Error | null = null

function digest(): Digest {
  // Read at first use: most processes of ours hash nothing, and each is started once per row.
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256")
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") }
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (until, signal) => sleepUntil(until, signal),
}

async function sleepUntil(until: Instant, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const left = until - Date.now()
    if (left <= 0) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        signal?.removeEventListener("abort", wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(left, LONGEST_TIMER_MS))
      signal?.addEventListener("abort", wake, { once: true })
    })
  }
}

/** pino is read only where something is logged: the command line is silent unless REGATTA_LOG names a level. */
async function createLog(level: LogLevel | "silent"): Promise<Log> {
  if (level === "silent") return { event: () => {} }
  // In a bundle a CommonJS module has only its default export.
  const { default: pino } = await import("pino")
  const destination = pino.destination({ dest: 2, sync: true, maxLength: MOST_LOG_KEPT })
  // A log on a full disk may lose lines; the work that it tells of goes on.
  destination.on("error", () => {})
  const logger = pino({ level, base: null }, destination)
  return { event: (at, name, fields) => logger[at](fields, name) }
}

function logLevelOf(text: string | undefined): LogLevel | "silent" | null {
  return LEVELS.find((level) => level === text) ?? null
}

/** A container may run as a user that its system has no name for. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user-${process.getuid?.() ?? "unknown"}`
  }
}

/** `npm run` changes the working folder to the package's; the caller's own is INIT_CWD. */
function callersFolder(): string {
  const underRun = process.env["npm_command"] === "run-script" || process.env["npm_command"] === "run"
  return (underRun ? process.env["INIT_CWD"] : undefined) ?? process.cwd()
}

function calledAs(): string {
  const command = process.env["npm_command"]
  if (command === "run-script" || command === "run") return "npm run -s regatta --"
  return command === "exec" ? "npx regatta" : "regatta"
}

function terminationSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(signal))
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") controller.abort("EPIPE")
    else lostOutput ??= error
  })
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") controller.abort("EPIPE")
    // Else nobody can be told: the exit code does.
  })
  return controller.signal
}

async function ask(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline/promises")
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await new Promise<string | null>((resolve) => {
      lines.once("close", () => resolve(null))
      lines.question(question).then(resolve, () => resolve(null))
    })
  } finally {
    lines.close()
  }
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write("", () => resolve())
  })
}
