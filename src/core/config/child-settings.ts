// What a process of ours in the cloud (worker, follower) is told of the configuration, as environment of its job, and the way
// back. It holds no secret: a job's environment can be read by whoever may describe the job.
import { RegattaError } from "../errors.ts"
import type { Config } from "./config.ts"

export type ChildSettings = Pick<Config, "table" | "prefix"> & {
  /** Region of table, pinned rows and queue. */
  readonly home: string
  readonly account: string
  /** `storage.code`; missing: the default bucket. */
  readonly codeLocation?: string
  /** `events.queue`; missing: training jobs are listed. */
  readonly eventQueue?: string
}

export function childSettings(settings: ChildSettings): Readonly<Record<string, string>> {
  const { table, prefix, home, account, codeLocation, eventQueue } = settings
  return {
    REGATTA_ON: "aws",
    REGATTA_TABLE: table,
    REGATTA_PREFIX: prefix,
    REGATTA_HOME_REGION: home,
    REGATTA_ACCOUNT: account,
    ...(codeLocation === undefined ? {} : { REGATTA_CODE: codeLocation }),
    ...(eventQueue === undefined ? {} : { REGATTA_EVENTS: eventQueue }),
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** The region that is home to a process: what it was told, else the one it runs in. null: neither is known. */
export function homeRegion(env: Environment): string | null {
  return text(env, "REGATTA_HOME_REGION") ?? text(env, "AWS_REGION") ?? text(env, "AWS_DEFAULT_REGION")
}

/** Error `usage`: something that the array should have said is missing. `account` null: not said; ask who the caller is. */
export function readChildSettings(
  env: Environment,
): Omit<ChildSettings, "account"> & { readonly account: string | null } {
  const table = text(env, "REGATTA_TABLE")
  const home = homeRegion(env)
  if (table === null) throw missing("REGATTA_TABLE")
  if (home === null) throw missing("REGATTA_HOME_REGION")
  const codeLocation = text(env, "REGATTA_CODE")
  const eventQueue = text(env, "REGATTA_EVENTS")
  return {
    table,
    home,
    prefix: text(env, "REGATTA_PREFIX") ?? "rg",
    account: text(env, "REGATTA_ACCOUNT"),
    ...(codeLocation === null ? {} : { codeLocation }),
    ...(eventQueue === null ? {} : { eventQueue }),
  }
}

function missing(name: string): RegattaError {
  return new RegattaError("usage", `${name} is not set: a worker gets its settings from the array that starts it`)
}

function text(env: Environment, name: string): string | null {
  const value = env[name] ?? ""
  return value === "" ? null : value
}
