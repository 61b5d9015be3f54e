import type { PlatformName } from "../core/run/run.ts"

/** What `plan` cannot look at on a platform, each with why: never shown as passed. */
export function notCheckedOn(on: PlatformName): readonly string[] {
  switch (on) {
    case "local":
      return [
        "modules of python3 (mpi4py for mpi, and what the scripts import): looked for when the training job starts",
      ]
    case "aws":
      return AWS.map((what) => `${what} (needs calls to AWS: not built yet)`)
    case "simulated":
      return ["all that a service knows: the modelled services are not built yet"]
    default:
      return on satisfies never
  }
}

const AWS = [
  "that regions are enabled for the account, and offer the instance types",
  "quotas of the account",
  "that the role exists and SageMaker may assume it",
  "that inputs exist, and their buckets are in the rows' regions",
  "whether AWS's image for a framework, its version, python and instance type exists: its tag is made by rule",
  "that images exist in the rows' regions, and whether a moving tag names the same digest in each",
  "that keys, subnets and security groups exist",
  "on-demand prices that prices in regatta.yaml do not name",
]
