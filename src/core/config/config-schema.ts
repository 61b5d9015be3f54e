// The keys of regatta.yaml beside those of rows (columns.ts): what each holds, what is allowed, and its JSON Schema.
// It reads no file and knows no default; config.ts puts those together.
import * as z from "zod"
import { instanceType, region, role } from "../manifest/column-kinds.ts"
import { choice, duration, type Kind, parsed, refused, text, trueOrFalse, wholeNumber } from "../manifest/kind.ts"
import { after } from "./after-schema.ts"
import { catalogUrl } from "./catalog-url.ts"
import { eventQueueKind } from "./event-queue.ts"
import { notify } from "./notify-schema.ts"
import { placement } from "./placement-schema.ts"
import { isScalar, value } from "./schema-value.ts"
import { settingsJsonSchema } from "./settings-schema.ts"

function amount(allowed: string): Kind<number> {
  return {
    ...text({ most: 32 }),
    allowed,
    parse: (given) =>
      /^\d+(?:\.\d+)?$/.test(given) && Number(given) > 0 ? parsed(Number(given)) : refused(`expected ${allowed}`),
    schema: { type: ["number", "string"], exclusiveMinimum: 0 },
  }
}

const usd = amount("an amount in USD such as 25 or 3.06")

export const account = text({ most: 12, pattern: /^\d{12}$/, allowed: "the 12 digits of an AWS account, in quotes" })

/** Run ids are at most 40 characters, and this is their beginning. */
export const prefix = text({
  most: 12,
  pattern: /^[a-z](?:-?[a-z0-9])*$/,
  allowed: "at most 12 lower-case letters, digits and single hyphens, a letter first",
})

export const platform = choice(["local", "aws", "simulated"])

const TABLE_FORMS = "sqlite:<path>, postgres://user@host/database or dynamodb:<name>"

/** The table's technology. A password has no place in it: it would stand in files, records and the environment of jobs. */
export const table: Kind<string> = {
  ...text({ most: 1024 }),
  allowed: TABLE_FORMS,
  parse(given) {
    if (/^sqlite:[^\0]+$/.test(given) || /^dynamodb:[a-zA-Z0-9_.-]{3,255}$/.test(given)) return parsed(given)
    if (given.startsWith("dynamodb:"))
      return refused("expected dynamodb:<name> with 3 to 255 letters, digits, _ . or -")
    // Up to the last @: a password may hold one, and a slash.
    const [, userInfo = ""] = /^postgres(?:ql)?:\/\/([^?\s]*)@/.exec(given) ?? []
    if (userInfo.includes(":") || /[?&]password=/.test(given))
      return refused(`expected ${TABLE_FORMS} without a password: give that in PGPASSWORD`)
    if (/^postgres(?:ql)?:\/\/(?:[^@/\s]*@)?[^@/\s]+\/\S+$/.test(given)) return parsed(given)
    return refused(`expected ${TABLE_FORMS}`)
  },
}

/** The bucket is in the region of the training job: several regions need `{region}` in it. */
export const codeLocation: Kind<string> = {
  ...text({ most: 512 }),
  allowed: "s3://bucket/prefix/, in which {region} and {account} may stand",
  parse(given) {
    const filled = given.replaceAll("{region}", "us-east-1").replaceAll("{account}", "123456789012")
    return /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^{}]*)?$/.test(filled)
      ? parsed(given)
      : refused("expected s3://bucket/prefix/, in which {region} and {account} may stand")
  },
}

export const homeKind = region()

const path = text({ most: 4096, pattern: /^[^\0]+$/, allowed: "a path" })

/** `region/instance_type[/spot]: n`, or nested by region. */
function byPlace(kind: Kind<number>, description: string, allowsSpot: boolean) {
  return z
    .record(z.string(), z.unknown())
    .meta({ description })
    .transform((given, context) => {
      const places: Record<string, number> = {}
      const flat = Object.entries(given).flatMap(([key, inner]): [string[], unknown][] =>
        typeof inner === "object" && inner !== null
          ? Object.entries(inner).map(([type, number]) => [[key, type], number])
          : [[[key], inner]],
      )
      for (const [keys, number] of flat) {
        const outcome = isScalar(number) ? kind.parse(String(number)) : refused(`expected ${kind.allowed}`)
        const wrong = placeFault(keys.join("/"), allowsSpot)
        if (wrong !== null) context.addIssue({ code: "custom", message: wrong, path: keys, input: keys.at(-1) })
        else if (!outcome.ok) context.addIssue({ code: "custom", message: outcome.message, path: keys, input: number })
        else places[keys.join("/")] = outcome.value
      }
      return places
    })
}

function placeFault(place: string, allowsSpot: boolean): string | null {
  const [where = "", type = "", spot, ...rest] = place.split("/")
  const form = `region/instance_type${allowsSpot ? "[/spot]" : ""}, or instance types below a region`
  if (type === "" || rest.length > 0 || (spot !== undefined && !(allowsSpot && spot === "spot")))
    return `expected ${form}`
  const wrong = [region().parse(where), instanceType().parse(type)].find((outcome) => !outcome.ok)
  return wrong === undefined || wrong.ok ? null : `${wrong.message}, in ${form}`
}

const name = text({ most: 512, pattern: /^\S+$/, allowed: "a name or an ARN" })

const batch = z
  .strictObject({
    queue: z
      .union([z.string().min(1), z.record(z.string(), z.string().min(1))])
      .superRefine((given, context) => {
        for (const key of typeof given === "string" ? [] : Object.keys(given)) {
          const outcome = region().parse(key)
          if (!outcome.ok)
            context.addIssue({ code: "custom", message: `${outcome.message}, then its queue`, path: [key], input: key })
        }
      })
      .meta({ description: "Job queue, or one per region." })
      .optional(),
    job_definition: value(name, "Job definition of the worker.").optional(),
    image: value(name, "Image of the worker, to register a job definition.").optional(),
    job_role: value(role(), "Role of the worker.").optional(),
    execution_role: value(role(), "Role with which ECS starts the worker.").optional(),
    vcpu: value(amount("a number of vCPUs such as 0.25 or 2"), "vCPUs of the worker.").optional(),
    memory_mib: value(wholeNumber(128), "Memory of the worker in MiB.").optional(),
  })
  .meta({ description: "AWS Batch: used on aws." })

const schedules = z
  .strictObject({
    role: value(role(), "Role with which EventBridge Scheduler submits a job to AWS Batch.").optional(),
    job_role: value(role(), "Role of the job that submits a scheduled run (default: batch.job_role).").optional(),
  })
  .meta({ description: "Schedules: used on aws (docs/schedules.md)." })

const local = z
  .strictObject({
    install: value(
      trueOrFalse(),
      "Whether requirements.txt is installed before a training (default false).",
    ).optional(),
    algorithms: z
      .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
      .meta({
        description:
          "Command that stands in for a built-in algorithm, as a line or a list of words; words that begin with ./ or ../ are relative to this file. xgboost and linear-learner have stand-ins of ours (docs/stand-ins.md).",
      })
      .optional(),
    serving: z
      .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
      .meta({
        description:
          "Command that serves models, by what trained them: an algorithm, a framework (both with or without a version), or image for rows that have one. It answers /ping and /invocations on the port in SAGEMAKER_BIND_TO_PORT. Models of our stand-ins and Python scripts with a model_fn need none.",
      })
      .optional(),
    parallel: value(wholeNumber(1, 1024), "Rows at once (default 4).").optional(),
    parallel_per_region: value(wholeNumber(1, 1024), "Rows at once in each region (default: as parallel).").optional(),
    stop_grace: value(
      duration("1h"),
      "Time between SIGTERM and SIGKILL of a trainer that is stopped (default 30s; SageMaker gives 2m).",
    ).optional(),
  })
  .meta({ description: "The platform local." })

/** Settings of rows are read apart (read-settings.ts): their keys are the manifest's columns. */
const settings = z.unknown().meta({ $ref: "#/$defs/settings" })

export const configSchema = z
  .strictObject({
    on: value(platform, "Where runs happen (default local); --on overrides it.").optional(),
    account: value(account, "AWS account: the {account} of texts. On local 000000000000 where unset.").optional(),
    prefix: value(prefix, "Beginning of run ids (default rg).").optional(),
    home: value(homeKind, "Region of table, manifests, queue and schedules; used on aws.").optional(),
    table: value(
      table,
      "The central table: sqlite:<path>, postgres://user@host/database or dynamodb:<name> (default: table.sqlite in the folder of local state).",
    ).optional(),
    storage: z
      .strictObject({
        code: value(
          codeLocation,
          "Where code is stored on aws, such as s3://code-{region}/regatta/ (default s3://sagemaker-{region}-{account}/<prefix>/).",
        ).optional(),
        map: z
          .record(z.string(), value(path, "A folder."))
          .meta({ description: "Folder by bucket or bucket/prefix, for s3:// on local." })
          .optional(),
      })
      .optional(),
    limits: byPlace(
      wholeNumber(0),
      "Most instances at once by region and instance type (…/spot for Spot).",
      true,
    ).optional(),
    prices: byPlace(usd, "USD per instance-hour by region and instance type.", false).optional(),
    budget: value(usd, "USD that a run may spend.").optional(),
    follow: value(
      choice(["attached", "detached"]),
      "Whether workers stay with their training jobs (default on local: attached).",
    ).optional(),
    world: value(
      path,
      "The file of rehearse: what a modelled account has and what happens in it (docs/emulator.md).",
    ).optional(),
    after: after.optional(),
    catalog: value(
      catalogUrl,
      "The database out of which `catalog` fills manifests: sqlite:<path> or postgres://user@host/database (docs/catalog.md).",
    ).optional(),
    notify: notify.optional(),
    placement: placement.optional(),
    local: local.optional(),
    batch: batch.optional(),
    schedules: schedules.optional(),
    events: z
      .strictObject({
        queue: value(
          eventQueueKind,
          "URL or ARN of the SQS queue to which EventBridge forwards changes of training jobs (docs/events.md).",
        ).optional(),
      })
      .meta({ description: "Changes of training jobs as they happen: used on aws, by followers." })
      .optional(),
    defaults: settings.optional(),
    regions: z.record(z.string(), settings).meta({ description: "Settings of the rows of one region." }).optional(),
  })
  .meta({ title: "regatta.yaml", description: "Configuration of Regatta: see docs/manifest.md." })

export type ConfigValues = z.output<typeof configSchema>

/** JSON Schema of regatta.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: "input" })
  return { ...schema, $defs: { settings: settingsJsonSchema() } }
}

/** Keys that the mapping at this path may have; empty: any, or it is none. */
export function keysAt(keyPath: readonly PropertyKey[]): readonly string[] {
  let at: unknown = configJsonSchema()
  for (const key of keyPath) at = member(member(at, "properties"), String(key)) ?? member(at, "items")
  return Object.keys((member(at, "properties") ?? {}) as object)
}

function member(at: unknown, key: string): unknown {
  return typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined
}
