import {
  type BatchClient,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
} from "@aws-sdk/client-batch"
import type { BatchSettings } from "../../../core/config/batch-settings.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Digest } from "../../../ports/digest.ts"
import { awsError } from "../../aws/aws-error.ts"
import type { JobQueue } from "./queues.ts"
import type { Repeat } from "./repeat-while-throttled.ts"
import { type Definition, definitionOf, type Platform } from "./request.ts"

export interface DefinitionOptions {
  readonly settings: BatchSettings
  /** First part of the definition's name. */
  readonly prefix: string
  readonly digest: () => Digest
}

/**
 * The job definition of the worker for this queue: `batch.job_definition` as it is, else one that is named by the hash of its
 * content, so that equal settings share it, registered where it is missing. Two at once make two revisions of the same
 * content: no harm. Errors: `usage` (a setting is missing), `notFound` (no such queue), `denied`, `unavailable`.
 */
export async function workerDefinition(
  client: BatchClient,
  repeat: Repeat,
  target: JobQueue,
  { settings, prefix, digest }: DefinitionOptions,
): Promise<string> {
  if (settings.job_definition !== undefined) return settings.job_definition
  const definition = definitionOf(settings, await platformOf(client, repeat, target))
  const jobDefinitionName = `${prefix}-worker-${hashOf(definition, digest())}`
  try {
    const look = new DescribeJobDefinitionsCommand({ jobDefinitionName, status: "ACTIVE" })
    const found = await repeat(() => client.send(look))
    const active = (found.jobDefinitions ?? []).toSorted((one, other) => (other.revision ?? 0) - (one.revision ?? 0))
    const register = new RegisterJobDefinitionCommand({ ...definition, jobDefinitionName })
    const arn = active[0]?.jobDefinitionArn ?? (await repeat(() => client.send(register))).jobDefinitionArn
    return arn ?? jobDefinitionName
  } catch (error) {
    throw awsError(error, `register the worker's job definition in ${target.region}`, { region: target.region })
  }
}

/** What a queue starts its jobs on: the first compute environment tells, since a queue's are all of one kind. Errors: `notFound`, `invalid` (disabled), `denied`, `unavailable`. */
export async function platformOf(client: BatchClient, repeat: Repeat, { queue, region }: JobQueue): Promise<Platform> {
  try {
    const look = new DescribeJobQueuesCommand({ jobQueues: [queue] })
    const { jobQueues: [found] = [] } = await repeat(() => client.send(look))
    if (found === undefined) throw noQueue(queue, region)
    if (found.state === "DISABLED") throw disabled(queue, region)
    const order = (found.computeEnvironmentOrder ?? []).toSorted((one, other) => (one.order ?? 0) - (other.order ?? 0))
    const [first] = order
    if (first?.computeEnvironment === undefined) throw noMachines(queue, region)
    const ask = new DescribeComputeEnvironmentsCommand({ computeEnvironments: [first.computeEnvironment] })
    const { computeEnvironments: [environment] = [] } = await repeat(() => client.send(ask))
    return environment?.computeResources?.type?.startsWith("FARGATE") === true ? "FARGATE" : "EC2"
  } catch (error) {
    throw awsError(error, `look at the job queue "${queue}" in ${region}`, { region })
  }
}

function noQueue(queue: string, region: string): RegattaError {
  return new RegattaError("notFound", `batch.queue: there is no job queue "${queue}" in ${region}`, {
    hint: "make it, or name another in regatta.yaml",
    fields: { region },
  })
}

function disabled(queue: string, region: string): RegattaError {
  return new RegattaError("invalid", `batch.queue: the job queue "${queue}" in ${region} is disabled`, {
    hint: `enable it: aws batch update-job-queue --job-queue ${queue} --state ENABLED --region ${region}`,
    fields: { region },
  })
}

function noMachines(queue: string, region: string): RegattaError {
  return new RegattaError("notFound", `batch.queue: the job queue "${queue}" in ${region} has no compute environment`, {
    fields: { region },
  })
}

/** 16 hexadecimal digits; the order of keys does not matter. */
function hashOf(definition: Definition, digest: Digest): string {
  digest.update(JSON.stringify(definition, sortedKeys))
  return digest.hex().slice(0, 16)
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}
