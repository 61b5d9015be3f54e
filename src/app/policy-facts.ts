// What a policy names, gathered from the rows of a manifest as `plan` sees them: regions, roles, buckets. Asks nobody.
// It holds only distinct names, however many rows there are.
import type { Config } from "../core/config/config.ts"
import { eventQueue } from "../core/config/event-queue.ts"
import { RegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { specAt } from "../core/job/spec-at.ts"
import { partitionOf } from "../core/manifest/regions.ts"
import { copyStore } from "../core/placement/copy-target.ts"
import type { PolicyFacts } from "../core/policy/build-policy.ts"
import type { Grantee } from "../core/policy/iam-action.ts"
import type { RequestPreview } from "../ports/request-preview.ts"

export class PolicyGathering {
  readonly #config: Config
  readonly #preview: Pick<RequestPreview, "home">
  readonly #regions = new Set<string>()
  readonly #coded = new Set<string>()
  readonly #roles = new Set<string>()
  readonly #inputs = new Set<string>()
  readonly #outputs = new Set<string>()
  readonly #copied = new Set<string>()
  readonly #copies = new Set<string>()

  constructor(preview: Pick<RequestPreview, "home">, config: Config) {
    this.#preview = preview
    this.#config = config
  }

  add(row: JobSpec, hasCode: boolean): void {
    this.#addCopies(row)
    for (const { region } of row.places) {
      const spec = specAt(row, region)
      this.#regions.add(region)
      if (hasCode) this.#coded.add(region)
      if (spec.role !== null) this.#roles.add(spec.role)
      this.#outputs.add(pathOf(spec.output))
      for (const { uri } of spec.channels) if (uri.startsWith("s3://")) this.#inputs.add(bucketOf(uri))
    }
  }

  #addCopies({ region, copiedFrom }: JobSpec): void {
    if (copiedFrom === undefined) return
    for (const uri of Object.values(copiedFrom)) this.#copied.add(`${uri.replace(/^s3:\/\//, "")}*`)
    const store = copyStore(this.#config.placement?.store ?? null, region, this.#config.account)
    this.#copies.add(`${pathOf(store)}*`)
  }

  /**
   * @param arrayFiles `s3://…` of a manifest that is uploaded by hand, and of its settings: its workers read them, and pin the rows
   * themselves; none: a submission did.
   * Error `usage`: the account or the home region is not set. */
  facts(grantee: Grantee, arrayFiles: readonly string[]): PolicyFacts {
    const { account, home, prefix, table, batch, eventQueue: queueOfEvents, schedules } = this.#config
    if (account === null) throw missing("account", 'account: "123456789012"')
    if (home === null) throw missing("home", "home: us-east-1")
    const stored = (region: string, kind: string) => `${pathOf(this.#preview.home(region))}${kind}/*`
    const rows = stored(home, "manifests")
    const code = [...this.#coded].map((region) => stored(region, "code"))
    const queue = batch?.queue
    const isCommand = grantee === "command"
    // Whoever schedules a manifest stores a copy of it, which the job of each firing reads.
    const scheduled = schedules?.role === undefined ? [] : [stored(home, "schedules")]
    const byHand = arrayFiles.map((uri) => uri.replace(/^s3:\/\//, ""))
    const reads = isCommand
      ? [rows, ...code, ...scheduled, ...[...this.#outputs].map((path) => `${path}*`)]
      : [rows, ...byHand]
    const writes = isCommand ? [rows, ...code, ...scheduled] : byHand.length === 0 ? [] : [rows, ...code]
    const asked = isCommand ? [...reads, ...this.#inputs, ...this.#copied] : [...reads, ...writes]
    return {
      partition: partitionOf(home),
      account,
      home,
      prefix,
      regions: sorted(this.#regions),
      queueRegions: sorted(typeof queue === "object" ? Object.keys(queue) : [home]),
      roles: sorted(this.#roles),
      jobRoles: sorted(
        [batch?.job_role, batch?.execution_role, schedules?.job_role].filter((role) => role !== undefined),
      ),
      scheduleRole: schedules?.role ?? null,
      scheduled: isCommand ? scheduled : [],
      table: /^dynamodb:(.+)$/.exec(table)?.[1] ?? null,
      topic: this.#config.notify?.sns?.topic ?? null,
      hasSteps: (this.#config.after ?? []).length > 0,
      hasEndpointSteps: (this.#config.after ?? []).some(({ endpoint }) => endpoint !== undefined),
      eventQueue: queueOfEvents === undefined ? null : (eventQueue(queueOfEvents)?.arn ?? null),
      reads: sorted(reads),
      writes: sorted(writes),
      ...(isCommand && this.#copies.size > 0 ? { copied: sorted(this.#copied), copies: sorted(this.#copies) } : {}),
      buckets: sorted(asked.map((path) => path.split("/")[0] ?? "")),
    }
  }
}

function missing(key: string, example: string): RegattaError {
  return new RegattaError(
    "usage",
    `a policy names ${key === "home" ? "the home region" : "the account"}: set ${key} in regatta.yaml`,
    {
      hint: `for example ${example}`,
    },
  )
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted()
}

/** `bucket/prefix/` of a URI; what is filled in at the launch becomes a wildcard. */
function pathOf(uri: string): string {
  const path = uri.replace(/^s3:\/\//, "").replaceAll(/\{(?:run|attempt)\}/g, "*")
  return path.endsWith("/") ? path : `${path}/`
}

function bucketOf(uri: string): string {
  return uri.split("/")[2] ?? ""
}
