import { closeSync, openSync, readSync, statSync } from "node:fs"
import { join } from "node:path"
import type { JobEnd } from "../../../core/job/training-job.ts"
import type { HostExit, TrainingEnd } from "./run/train.ts"

/** SageMaker's FailureReason is cut here. */
const MOST_REASON = 1024
const MOST_LINES = 5

/** How a training job ended, before its seconds and its artifact are known. */
export type Verdict = Pick<JobEnd, "status" | "cause" | "reason">

export interface FailureSources {
  /** Folder of a host. */
  readonly folder: (host: string) => string
  /** Last lines of a host's log. */
  readonly lastLines: (host: string) => readonly string[]
}

export function verdictOf(end: TrainingEnd, maxRuntimeSeconds: number, sources: FailureSources): Verdict {
  switch (end.by) {
    case "itself":
      return { status: "completed", cause: "done", reason: "" }
    case "stop":
      return { status: "stopped", cause: "person", reason: "stopped on request" }
    case "maxRuntime": {
      const reason = `MaxRuntimeExceeded: it ran longer than max_runtime, ${maxRuntimeSeconds} seconds`
      return { status: "stopped", cause: "maxRuntime", reason }
    }
    case "failure":
      return failure(end.exits, sources)
    default:
      return end.by satisfies never
  }
}

/** An end that our own work brought about: data that is not there, a disk that is full. */
export function clientFailure(doing: string, error: unknown): Verdict {
  const message = error instanceof Error ? error.message : String(error)
  return { status: "failed", cause: "client", reason: cut(`${doing} failed: ${message}`) }
}

function failure(exits: readonly HostExit[], sources: FailureSources): Verdict {
  const first = exits.find(({ code }) => code !== 0)
  if (first === undefined) return { status: "failed", cause: "unknown", reason: "a host failed" }
  if (first.error !== null) {
    return { status: "failed", cause: "client", reason: cut(`${first.host} could not start: ${first.error}`) }
  }
  const told = failureFile([first, ...exits], sources)
  if (told !== null) return { status: "failed", cause: "algorithm", reason: told }
  const where = exits.length > 1 ? `${first.host}: ` : ""
  const lines = lastWords(sources.lastLines(first.host))
  return {
    status: "failed",
    cause: "algorithm",
    reason: cut(`${where}${exitText(first)}${lines && `${lines.includes("\n") ? "\n" : ": "}${lines}`}`),
  }
}

/** What the trainer itself said; that of the host that failed first, else of any. */
function failureFile(exits: readonly HostExit[], sources: FailureSources): string | null {
  for (const { host } of exits) {
    const text = readBegin(join(sources.folder(host), "output", "failure"))
    if (text !== "") return cut(text)
  }
  return null
}

/** As much of a file as a reason can be long; empty: there is none. A trainer may have written gigabytes. */
function readBegin(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return ""
  const begin = Buffer.alloc(MOST_REASON * 4)
  const handle = openSync(file, "r")
  try {
    return begin.toString("utf8", 0, readSync(handle, begin)).trim()
  } finally {
    closeSync(handle)
  }
}

/** The error as Python, Node and others name it on a line of its own, behind it only a trace; else the last lines. */
function lastWords(lines: readonly string[]): string {
  const told = lines.findLast((line) =>
    /^(?:\[\d+,\d+\]<\w+>:)?(?:Uncaught )?[\w.]*(?:Error|Exception)(?::| \[|$)/.test(line),
  )
  return told ?? lines.slice(-MOST_LINES).join("\n").slice(-MOST_REASON)
}

function exitText({ code, signal }: HostExit): string {
  // The toolkit's words: a container is killed so when its memory is used up.
  if (signal === "SIGKILL" || code === 137) return "exit code 137: OutOfMemory: Process killed by SIGKILL (signal 9)"
  if (signal === "SIGSEGV" || code === 139) return "exit code 139: segmentation fault (signal 11)"
  return signal === null ? `exit code ${code}` : `ended by ${signal}`
}

function cut(text: string): string {
  return Array.from(text).slice(0, MOST_REASON).join("")
}
