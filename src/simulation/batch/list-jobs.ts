import { summarizeJob, summarizeSubmission } from "./describe-job.ts"
import { type Input, records, requiredText, text, texts, wholeNumber } from "./input.ts"
import { JOB_STATUSES, type Submission, submissionStatus } from "./job.ts"
import type { JobQueue } from "./queues.ts"
import { BatchRefusal } from "./refusal.ts"

export interface ListContext {
  /** Newest last. */
  readonly submissions: readonly Submission[]
  readonly queue: (named: string) => JobQueue | null
  readonly submission: (id: string) => Submission | null
}

interface Listed {
  /** Grows in the order of the list, and stays the same from page to page. */
  readonly position: number
  readonly summary: () => Input
}

/** ListJobs: a queue's jobs, newest first, or an array's children by index. RUNNING where no status is named. */
export function listJobs(input: Input, context: ListContext): Input {
  const given = ["jobQueue", "arrayJobId", "multiNodeJobId"].filter((name) => text(input, name) !== undefined)
  if (given.length !== 1) {
    throw new BatchRefusal(
      "Error executing request, Exception : exactly one of jobQueue, arrayJobId and multiNodeJobId must be set",
    )
  }
  const status = text(input, "jobStatus")
  if (status !== undefined && !JOB_STATUSES.some((each) => each === status)) {
    throw new BatchRefusal(`Error executing request, Exception : jobStatus ${status} is not valid`)
  }
  const filters = records(input, "filters")
  const most = filters.length > 0 ? 100 : 1000
  const size = wholeNumber(input, "maxResults", 1, most) ?? most
  const after = readToken(text(input, "nextToken"))
  const listed = itemsOf(input, context, filters, status ?? "RUNNING")
  const page: Input[] = []
  let last = -1
  for (const { position, summary } of listed) {
    if (position <= after) continue
    if (page.length === size) return { jobSummaryList: page, nextToken: writeToken(last) }
    page.push(summary())
    last = position
  }
  return { jobSummaryList: page }
}

function* itemsOf(input: Input, context: ListContext, filters: readonly Input[], status: string): Generator<Listed> {
  const array = text(input, "arrayJobId")
  if (array !== undefined) {
    const jobs = context.submission(array)?.jobs ?? []
    for (const job of jobs)
      if (job.status === status && job.index !== null) yield { position: job.index, summary: () => summarizeJob(job) }
    return
  }
  const named = requiredText(input, "jobQueue")
  const queue = context.queue(named)
  if (queue === null) throw new BatchRefusal(`JobQueue ${named} does not exist`)
  const wanted = filters.map(readFilter)
  for (const submission of context.submissions.toReversed()) {
    if (submission.queue !== queue) continue
    // With filters the status is not looked at.
    const isWanted =
      wanted.length > 0 ? wanted.every((filter) => filter(submission)) : submissionStatus(submission) === status
    const position = Number.MAX_SAFE_INTEGER - submission.sequence
    if (isWanted) yield { position, summary: () => summarizeSubmission(submission) }
  }
}

function readFilter(filter: Input): (submission: Submission) => boolean {
  const name = requiredText(filter, "name")
  const values = texts(filter, "values") ?? []
  switch (name) {
    case "JOB_NAME":
      return (submission) => values.some((value) => isLike(submission.name, value))
    case "JOB_DEFINITION":
      return ({ definition }) =>
        values.some(
          (value) =>
            isLike(definition.name, value) ||
            definition.arn === value ||
            isLike(`${definition.name}:${definition.revision}`, value),
        )
    case "BEFORE_CREATED_AT":
      return ({ createdAt }) => values.every((value) => createdAt < Number(value))
    case "AFTER_CREATED_AT":
      return ({ createdAt }) => values.every((value) => createdAt > Number(value))
    default:
      throw new BatchRefusal(`Error executing request, Exception : filter ${name} is not valid`)
  }
}

/** Without regard to case; an asterisk at the end stands for any rest. */
function isLike(value: string, wanted: string): boolean {
  const [is, like] = [value.toLowerCase(), wanted.toLowerCase()]
  return like.endsWith("*") ? is.startsWith(like.slice(0, -1)) : is === like
}

function writeToken(position: number): string {
  return Buffer.from(String(position)).toString("base64")
}

function readToken(token: string | undefined): number {
  if (token === undefined) return -1
  const position = Buffer.from(token, "base64").toString()
  if (/^\d+$/.test(position)) return Number(position)
  throw new BatchRefusal("Error executing request, Exception : nextToken is not valid")
}
