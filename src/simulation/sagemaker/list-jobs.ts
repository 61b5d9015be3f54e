import { checkShape, instantOf, Refusal } from "../service-answers.ts"
import { LIST_SHAPE } from "./create-shape.ts"
import { summarizeJob } from "./describe-job.ts"
import type { ModelledJob } from "./modelled-job.ts"

const DEFAULT_PAGE = 10

type Input = Readonly<Record<string, unknown>>
type Test = (job: ModelledJob) => boolean

/**
 * ListTrainingJobs over the jobs of one region. StatusEquals is applied after the page is cut, as the service's own text says,
 * so a page may be short or empty while NextToken is set. Of the other filters nothing is known: `filters` says when.
 */
export function listJobs(jobs: Iterable<ModelledJob>, input: Input, filters: "before-cut" | "after-cut"): Input {
  checkShape(LIST_SHAPE, input)
  const others = otherFilters(input)
  const status = input["StatusEquals"]
  const order = orderOf(input)
  const sorted = [...jobs]
    .filter(filters === "before-cut" ? others : () => true)
    .sort((a, b) => order(keyOf(a), keyOf(b)))
  const from = startOf(sorted, order, input["NextToken"])
  const size = typeof input["MaxResults"] === "number" ? input["MaxResults"] : DEFAULT_PAGE
  const page = sorted.slice(from, from + size)
  const last = page.at(-1)
  const shown = page
    .filter(filters === "after-cut" ? others : () => true)
    .filter((job) => status === undefined || job.history.status === status)
  return {
    TrainingJobSummaries: shown.map(summarizeJob),
    ...(last === undefined || from + size >= sorted.length ? {} : { NextToken: tokenOf(last) }),
  }
}

function otherFilters(input: Input): Test {
  const contains = input["NameContains"]
  const plan = input["TrainingPlanArnEquals"]
  const [createdAfter, createdBefore, modifiedAfter, modifiedBefore] = [
    "CreationTimeAfter",
    "CreationTimeBefore",
    "LastModifiedTimeAfter",
    "LastModifiedTimeBefore",
  ].map((name) => instantOf(input[name]))
  return ({ name, createdAt, history, request }) =>
    (typeof contains !== "string" || name.includes(contains)) &&
    (typeof plan !== "string" || request.ResourceConfig.TrainingPlanArn === plan) &&
    // No warm pool is modelled, so no job has the status of one.
    input["WarmPoolStatusEquals"] === undefined &&
    isWithin(createdAt, createdAfter, createdBefore) &&
    isWithin(history.modifiedAt, modifiedAfter, modifiedBefore)
}

function isWithin(at: number, after: number | null | undefined, before: number | null | undefined): boolean {
  return (
    (after === null || after === undefined || at >= after) && (before === null || before === undefined || at <= before)
  )
}

interface SortKey {
  readonly name: string
  readonly createdAt: number
  readonly status: string
}

type Order = (a: SortKey, b: SortKey) => number

function keyOf({ name, createdAt, history }: ModelledJob): SortKey {
  return { name, createdAt, status: history.status }
}

/** By creation, oldest first, unless asked otherwise; what is equal stands by name, so that pages never overlap. */
function orderOf(input: Input): Order {
  const by = BY[String(input["SortBy"] ?? "CreationTime")] ?? byCreation
  const order: Order = (a, b) => by(a, b) || compare(a.name, b.name)
  return input["SortOrder"] === "Descending" ? (a, b) => order(b, a) : order
}

const byCreation: Order = (a, b) => a.createdAt - b.createdAt

const BY: Readonly<Record<string, Order>> = {
  Name: () => 0,
  CreationTime: byCreation,
  Status: (a, b) => compare(a.status, b.status),
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Says where the page ended in the order, not how many there were: jobs that come and go shift no page. */
function tokenOf(job: ModelledJob): string {
  return Buffer.from(JSON.stringify(keyOf(job))).toString("base64url")
}

function startOf(sorted: readonly ModelledJob[], order: Order, token: unknown): number {
  if (typeof token !== "string") return 0
  const last = readToken(token)
  const at = sorted.findIndex((job) => order(keyOf(job), last) > 0)
  return at < 0 ? sorted.length : at
}

function readToken(token: string): SortKey {
  try {
    const { name, createdAt, status } = JSON.parse(Buffer.from(token, "base64url").toString())
    if (typeof name === "string" && typeof createdAt === "number" && typeof status === "string")
      return { name, createdAt, status }
  } catch {
    // It was none of ours.
  }
  throw new Refusal("ValidationException", "Invalid pagination token")
}
