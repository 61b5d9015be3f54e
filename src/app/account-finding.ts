import type { RowSettings } from "../core/manifest/row-settings.ts"

/** Something that an account's answer says of rows: told at the first row that made the question be asked. */
export interface AccountFinding {
  readonly severity: "error" | "warning"
  readonly column: string
  readonly message: string
}

/** Where a finding is told. */
export interface AskedFor {
  readonly line: number
  readonly given: RowSettings
}

/** One thing to ask of an account, in one region, however many rows need it. */
export interface Question {
  /** Two questions of one key are one. */
  readonly key: string
  readonly region: string
  /** What is left unchecked where there is no answer. */
  readonly topic: Topic
  /** Errors: of the ports that it asks; they are told as "not checked". */
  readonly ask: () => Promise<readonly AccountFinding[]>
}

export type Topic = "queue" | "regions" | "quotas" | "roles" | "buckets" | "images" | "prices"

/** As the list of what was not checked names them. */
export const TOPICS: Readonly<Record<Topic, string>> = {
  queue: "that the job queues, their compute environments and the job definition are there and start jobs",
  regions: "that regions are enabled for the account",
  quotas: "quotas of the account, and that the region offers the instance types",
  roles: "that the role exists, SageMaker may assume it and it may be passed",
  buckets: "that inputs exist, and their buckets and the output's are in the rows' regions",
  images:
    "that images exist in the rows' regions; of a framework, whether AWS's image, whose tag is made by rule, exists",
  prices: "on-demand prices that prices in regatta.yaml do not name",
}
