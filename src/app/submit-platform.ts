import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"

/** Refuses a platform where no run can be made, and on aws a configuration that its children could not work with. Error `unsupported` or `usage`. */
export function refuseUnbuilt({ on }: Pick<Config, "on">): void {
  if (on === "local" || on === "aws") return
  throw new RegattaError("unsupported", `runs on the platform "${on}" are not built yet; allowed: local, aws`, {
    hint: "try the manifest here first: --on local",
  })
}

/** What a submission needs beyond what carrying one row here needs. Error `usage` names the key. */
export function refuseUnreachable({ on, home, table, batch }: Pick<Config, "on" | "home" | "table" | "batch">): void {
  if (on !== "aws") return
  if (home === null) throw missing("home", "the region of table, pinned rows and queue", "home: us-east-1")
  if (table.startsWith("sqlite:")) {
    throw missing(
      "table",
      "workers in the cloud cannot reach a SQLite table on this machine",
      "table: dynamodb:regatta",
    )
  }
  if (batch?.queue === undefined)
    throw missing("batch.queue", "the job queue that starts the workers", "queue: regatta")
  if (batch.job_definition !== undefined) return
  for (const key of ["image", "job_role"] as const) {
    if (batch[key] === undefined)
      throw missing(
        `batch.${key}`,
        "needed to register the worker's job definition, or a definition of your own in batch.job_definition",
        EXAMPLES[key],
      )
  }
}

const EXAMPLES = {
  image: "image: <account>.dkr.ecr.<region>.amazonaws.com/regatta-worker:1",
  job_role: "job_role: arn:aws:iam::<account>:role/RegattaWorker",
} as const

function missing(key: string, why: string, example: string): RegattaError {
  const below = key.startsWith("batch.") ? " below batch" : ""
  return new RegattaError("usage", `runs on aws need ${key} in regatta.yaml: ${why}`, {
    hint: `set it${below}, for example ${example}`,
    fields: { key },
  })
}
