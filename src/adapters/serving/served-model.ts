// A model that is being served: one process with SageMaker's container contract, and the requests to it.
// Refuses to be ready before /ping says so; whatever ends it or us, its whole process group goes.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { RegattaError } from "../../core/errors.ts"
import type { RunningChild } from "../../ports/child-processes.ts"
import type { Clock } from "../../ports/world.ts"
import { childProcesses } from "../process/child-processes.ts"
import { type GroupGuard, guardGroup } from "../process/group-guard.ts"
import { identify } from "../process/identity.ts"
import { freePort, isTaken } from "./free-port.ts"
import { type Answer, exchange } from "./http-exchange.ts"
import { SCRIPT_SERVER, SCRIPT_SERVER_FILE } from "./script-server.ts"
import { type ServerMachine, serverCommand } from "./server-command.ts"
import { ServerLog } from "./server-log.ts"
import type { StoredModel } from "./stored-model.ts"

/** As long as SageMaker waits for the first answer to /ping before it gives a container up (8 minutes). */
const LONGEST_START_MS = 480_000
/** SageMaker asks for an answer to /ping within 2 s. */
const PING_MS = 2_000
const BETWEEN_PINGS_MS = 50
/** SageMaker's own time limit of an invocation of a transform (InvocationsTimeoutInSeconds). */
export const INVOCATION_MS = 600_000
const END_GRACE_MS = 5_000
const END_SEEN_MS = 1_000
/** Another process may take the port before the server does. */
const MOST_STARTS = 3

export interface ServerStart {
  readonly model: StoredModel
  readonly machine: ServerMachine
  /** The server's own: its log, and what finds its processes. */
  readonly folder: string
  /** Further variables, such as SAGEMAKER_BATCH. */
  readonly extra: Readonly<Record<string, string>>
  /** Called with the identity of the session's leader as soon as there is one. */
  readonly onStarted: (identity: string) => void
  readonly clock: Clock
  /** Longest wait for the first answer to /ping. Missing: `LONGEST_START_MS`. */
  readonly startupMs?: number
  /** Name of the server's log in `folder`. Missing: `server.log`. */
  readonly logName?: string
  /** Fired: the start is given up. */
  readonly signal: AbortSignal
}

export interface InvocationTypes {
  readonly contentType: string | null
  /** null: whatever the server prefers. */
  readonly accept: string | null
}

export class ServedModel {
  readonly name: string
  readonly port: number
  /** Resolves when the server ends by itself, with its exit code and last words. */
  readonly ended: Promise<string>
  readonly #child: RunningChild
  readonly #guard: GroupGuard

  private constructor(name: string, port: number, child: RunningChild, guard: GroupGuard, ended: Promise<string>) {
    this.name = name
    this.port = port
    this.ended = ended
    this.#child = child
    this.#guard = guard
  }

  /**
   * Starts a server and waits until it is ready. Errors: `invalid` (no such program, or the server ended: its last words),
   * `unavailable` (it was never ready). Given up by the signal: null, and nothing is left.
   */
  static async start(start: ServerStart): Promise<ServedModel | null> {
    for (let turn = 1; ; turn += 1) {
      const port = await freePort()
      const served = await ServedModel.#spawn(start, port)
      const ready = await served.#ready(start).catch(async (error: unknown) => {
        await served.end()
        throw error
      })
      if (ready === "ready") return served
      await served.end()
      if (ready === "givenUp") return null
      if (turn < MOST_STARTS && (await isTaken(port))) continue
      throw new RegattaError(
        "invalid",
        `the server of the model ${served.name} ended before it was ready: ${ready.words}`,
      )
    }
  }

  static async #spawn(start: ServerStart, port: number): Promise<ServedModel> {
    const { name } = start.model.plan
    writeFileSync(join(start.folder, SCRIPT_SERVER_FILE), SCRIPT_SERVER)
    const log = new ServerLog(join(start.folder, start.logName ?? "server.log"))
    const ended = Promise.withResolvers<string>()
    const onEnd = (code: number) => {
      const words = log.lastWords()
      ended.resolve(`exit code ${code}${words === "" ? "" : `: ${words}`}`)
    }
    const what = serverCommand(start.model, start.machine, { folder: start.folder, port, extra: start.extra })
    const child = await childProcesses.start({ ...what, onLine: (line) => log.add(line), onEnd })
    const guard = guardGroup(child.pid)
    start.onStarted(identify(child.pid) ?? "")
    return new ServedModel(name, port, child, guard, ended.promise)
  }

  /** One request, never repeated. Rejects where there is no answer, with the server's end where that is why; an answer of any status is one. */
  async invoke(body: Uint8Array, { contentType, accept }: InvocationTypes, signal?: AbortSignal): Promise<Answer> {
    const headers = {
      ...(contentType === null ? {} : { "content-type": contentType }),
      ...(accept === null ? {} : { accept }),
    }
    try {
      return await this.#ask("POST", "/invocations", { headers, body, timeoutMs: INVOCATION_MS, ...withSignal(signal) })
    } catch (cause) {
      signal?.throwIfAborted()
      // Its connections break a moment before its end is seen.
      const words = await Promise.race([this.ended, delay(END_SEEN_MS, null, { ref: false })])
      if (words === null) throw cause
      throw new Error(`the server of the model ${this.name} ended: ${words}`, { cause })
    }
  }

  /** What the server prefers of a transform, as far as it says; empty: nothing. */
  async executionParameters(signal: AbortSignal): Promise<ExecutionParameters> {
    try {
      const { status, body } = await this.#ask("GET", "/execution-parameters", { timeoutMs: PING_MS, signal })
      return status === 200 ? (JSON.parse(body.toString("utf8")) as ExecutionParameters) : {}
    } catch {
      // A container need not have it (SageMaker then takes its own defaults).
      return {}
    }
  }

  /** Ends the server and all that it started. Idempotent. */
  async end(): Promise<void> {
    await this.#child.end(END_GRACE_MS)
    this.#guard.release()
  }

  async #ready({
    clock,
    signal,
    startupMs = LONGEST_START_MS,
  }: ServerStart): Promise<"ready" | "givenUp" | { readonly words: string }> {
    const until = clock.now() + startupMs
    const ended = this.ended.then((words) => ({ words }))
    while (clock.now() < until) {
      if (signal.aborted) return "givenUp"
      const ping = this.#ask("GET", "/ping", { timeoutMs: PING_MS }).then(
        ({ status }) => status === 200,
        () => false,
      )
      const seen = await Promise.race([ping, ended])
      if (typeof seen === "object") return seen
      if (seen) return "ready"
      await clock.sleep(clock.now() + BETWEEN_PINGS_MS, signal)
    }
    throw new RegattaError(
      "unavailable",
      `the server of the model ${this.name} was not ready within ${startupMs / 1000} s: no 200 from GET /ping on port ${this.port}`,
      { hint: "a server listens on the port in SAGEMAKER_BIND_TO_PORT" },
    )
  }

  #ask(method: "GET" | "POST", path: string, rest: Omit<Parameters<typeof exchange>[0], "method" | "port" | "path">) {
    return exchange({ method, port: this.port, path, ...rest })
  }
}

export interface ExecutionParameters {
  readonly MaxConcurrentTransforms?: number
  /** MULTI_RECORD or SINGLE_RECORD. */
  readonly BatchStrategy?: string
  readonly MaxPayloadInMB?: number
}

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
