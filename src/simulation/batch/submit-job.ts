import type { Instant } from "../../core/ids.ts"
import { type Input, nameOf, optionalRecord, records, requiredText, tagsOf, text, textMap, texts } from "./input.ts"
import type { Container, Dependency, Job, JobStatus, Submission } from "./job.ts"
import { checkEnvironment, type JobDefinition, type JobDefinitions, readTimeout, vcpusOf } from "./job-definitions.ts"
import type { Queues } from "./queues.ts"
import { BatchRefusal } from "./refusal.ts"
import { readRetryStrategy } from "./retry-strategy.ts"

export interface SubmitContext {
  readonly region: string
  readonly account: string
  readonly definitions: JobDefinitions
  readonly queues: Queues
  readonly id: string
  readonly sequence: number
  readonly now: Instant
  /** Size of an earlier job's array; null: a plain job; undefined: there is no such job. */
  readonly sizeOf: (jobId: string) => number | null | undefined
}

/** A request larger than this is refused [Batch service limits]. */
const MOST_PAYLOAD_BYTES = 30 * 1024

/** Reads and checks a SubmitJob; nothing is queued yet. */
export function readSubmission(input: Input, context: SubmitContext): Submission {
  const { region, account, id, now } = context
  if (Buffer.byteLength(JSON.stringify(input)) > MOST_PAYLOAD_BYTES) {
    throw new BatchRefusal("Error executing request, Exception : SubmitJob request exceeds the maximum size of 30 KiB")
  }
  const name = nameOf(input, "jobName")
  const queueName = requiredText(input, "jobQueue")
  const queue = context.queues.find(queueName)
  if (queue === null) throw new BatchRefusal(`JobQueue ${queueName} does not exist`)
  if (queue.state !== "ENABLED") throw new BatchRefusal(`JobQueue ${queue.name} is disabled`)
  const definitionName = requiredText(input, "jobDefinition")
  const definition = context.definitions.find(definitionName)
  if (definition === null) throw new BatchRefusal(`JobDefinition ${definitionName} does not exist`)
  if (!definition.isActive) throw new BatchRefusal(`JobDefinition ${definitionName} is not ACTIVE`)
  const arraySize = readArraySize(input)
  const parameters = { ...definition.parameters, ...textMap(input, "parameters") }
  const jobs: Job[] = []
  const submission: Submission = {
    id,
    arn: `arn:${partitionOf(region)}:batch:${region}:${account}:job/${id}`,
    name,
    region,
    sequence: context.sequence,
    queue,
    definition,
    createdAt: now,
    parameters,
    container: containerOf(definition, optionalRecord(input, "containerOverrides") ?? {}, parameters),
    retry: readRetryStrategy(input) ?? definition.retry ?? { attempts: 1, evaluateOnExit: [] },
    timeoutSeconds: readTimeout(input) ?? definition.timeoutSeconds,
    dependsOn: readDependencies(input, arraySize, context),
    tags: tagsOf(input),
    propagateTags: input["propagateTags"] === undefined ? definition.propagateTags : input["propagateTags"] === true,
    arraySize,
    jobs,
    counts: emptyCounts(),
    countedAt: now,
    ending: null,
    stoppedAt: null,
  }
  for (let index = 0; index < (arraySize ?? 1); index += 1)
    jobs.push(newJob(submission, arraySize === null ? null : index))
  submission.counts.SUBMITTED = jobs.length
  return submission
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn"
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws"
}

function readArraySize(input: Input): number | null {
  const properties = optionalRecord(input, "arrayProperties")
  if (properties?.["size"] === undefined) return null
  const size = properties["size"]
  if (typeof size === "number" && Number.isInteger(size) && size >= 2 && size <= 10_000) return size
  throw new BatchRefusal(
    `Error executing request, Exception : Array size must be between 2 and 10000, got ${String(size)}`,
  )
}

function readDependencies(input: Input, arraySize: number | null, context: SubmitContext): readonly Dependency[] {
  const given = records(input, "dependsOn")
  if (given.length > 20)
    throw new BatchRefusal("Error executing request, Exception : dependsOn can have at most 20 entries")
  return given.map((each) => {
    const jobId = text(each, "jobId") ?? null
    const type = text(each, "type") ?? null
    if (type !== null && type !== "SEQUENTIAL" && type !== "N_TO_N") {
      throw new BatchRefusal(`Error executing request, Exception : dependency type ${type} is not valid`)
    }
    if (type === "SEQUENTIAL" && jobId !== null) {
      throw new BatchRefusal("Job Id cannot be set when dependency type is SEQUENTIAL")
    }
    if (type !== "SEQUENTIAL" && jobId === null)
      throw new BatchRefusal("Error executing request, Exception : dependsOn jobId must not be empty")
    if (type !== null && arraySize === null) {
      throw new BatchRefusal(`Error executing request, Exception : dependency type ${type} is for array jobs`)
    }
    const size = jobId === null ? null : context.sizeOf(jobId)
    if (size === undefined) throw new BatchRefusal(`Error executing request, Exception : Job ${jobId} does not exist`)
    if (type === "N_TO_N" && size !== arraySize) {
      throw new BatchRefusal("Error executing request, Exception : N_TO_N dependencies must have the same array size")
    }
    return { jobId, type }
  })
}

function containerOf(
  definition: JobDefinition,
  overrides: Input,
  parameters: Readonly<Record<string, string>>,
): Container {
  checkEnvironment(overrides)
  const { container } = definition
  const command = (texts(overrides, "command") ?? texts(container, "command") ?? []).map((part) =>
    fill(part, parameters),
  )
  const environment = { ...environmentOf(container), ...environmentOf(overrides) }
  const required = records(overrides, "resourceRequirements")
  const kept = records(container, "resourceRequirements").filter(
    ({ type }) => !required.some((each) => each["type"] === type),
  )
  const resources = [...kept, ...required]
  const { command: _command, environment: _environment, resourceRequirements: _resources, ...rest } = container
  const properties = {
    ...rest,
    ...(overrides["vcpus"] === undefined ? {} : { vcpus: overrides["vcpus"] }),
    resourceRequirements: resources,
  }
  return { image: requiredText(container, "image"), command, environment, vcpus: vcpusOf(properties), properties }
}

function environmentOf(container: Input): Readonly<Record<string, string>> {
  return Object.fromEntries(
    records(container, "environment").map((each) => [requiredText(each, "name"), text(each, "value") ?? ""]),
  )
}

/** `Ref::name` alone is replaced by a parameter; without one it stays as it is. */
function fill(part: string, parameters: Readonly<Record<string, string>>): string {
  const [, name] = /^Ref::(.+)$/.exec(part) ?? []
  return (name === undefined ? undefined : parameters[name]) ?? part
}

function newJob(submission: Submission, index: number | null): Job {
  return {
    submission,
    index,
    id: index === null ? submission.id : `${submission.id}:${index}`,
    status: "SUBMITTED",
    statusReason: null,
    attempt: 0,
    attempts: [],
    startedAt: null,
    stoppedAt: null,
    taskArn: null,
    exitCode: null,
    reason: null,
    ending: null,
    isTimedOut: false,
  }
}

function emptyCounts(): Record<JobStatus, number> {
  return { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 }
}
