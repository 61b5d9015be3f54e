import type { PlatformName } from "../core/run/run.ts"
import { TOPICS } from "./account-finding.ts"

/** What `plan` did not look at on a platform, each with why: never shown as passed. `account` null: it was not asked. */
export function notCheckedOn(
  on: PlatformName,
  account: { readonly notChecked: readonly string[] } | null,
): readonly string[] {
  switch (on) {
    case "local":
      return [
        "modules of python3 (mpi4py for mpi, and what the scripts import): looked for when the training job starts",
      ]
    case "aws":
      return [...(account?.notChecked ?? unasked()), ...NEVER]
    case "simulated":
      return ["all that a service knows: the modelled services are not built yet"]
    default:
      return on satisfies never
  }
}

function unasked(): readonly string[] {
  return Object.values(TOPICS).map((topic) => `${topic} (needs calls to AWS, and none were made)`)
}

/** What no adapter asks. */
const NEVER = [
  "that keys, subnets, security groups and file systems exist: not looked for, the training job's start shows it",
]
