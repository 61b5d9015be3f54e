import {
  type Input,
  nameOf,
  optionalRecord,
  records,
  requiredText,
  tagsOf,
  text,
  textMap,
  texts,
  wholeNumber,
} from "./input.ts"
import { BatchRefusal } from "./refusal.ts"
import { type RetryStrategy, readRetryStrategy } from "./retry-strategy.ts"

export interface JobDefinition {
  readonly name: string
  readonly arn: string
  readonly revision: number
  isActive: boolean
  readonly container: Input
  readonly parameters: Readonly<Record<string, string>>
  readonly retry: RetryStrategy | undefined
  readonly timeoutSeconds: number | undefined
  readonly platformCapabilities: readonly string[]
  readonly propagateTags: boolean
  readonly tags: Readonly<Record<string, string>>
}

/** Job definitions of one region: each registration of a name makes its next revision. */
export class JobDefinitions {
  readonly #arnPrefix: string
  readonly #byName = new Map<string, JobDefinition[]>()

  /** @param arnPrefix `arn:aws:batch:<region>:<account>:` */
  constructor(arnPrefix: string) {
    this.#arnPrefix = arnPrefix
  }

  register(input: Input): JobDefinition {
    const name = nameOf(input, "jobDefinitionName")
    const type = requiredText(input, "type")
    if (type !== "container")
      throw new BatchRefusal(`Error executing request, Exception : type ${type} is not modelled: container is`)
    const container = optionalRecord(input, "containerProperties")
    if (container === undefined) {
      throw new BatchRefusal("Error executing request, Exception : containerProperties must not be empty")
    }
    requiredText(container, "image")
    checkEnvironment(container)
    checkResources(container)
    const revisions = this.#byName.get(name) ?? []
    const revision = revisions.length + 1
    const definition: JobDefinition = {
      name,
      arn: `${this.#arnPrefix}job-definition/${name}:${revision}`,
      revision,
      isActive: true,
      container,
      parameters: textMap(input, "parameters"),
      retry: readRetryStrategy(input),
      timeoutSeconds: readTimeout(input),
      platformCapabilities: texts(input, "platformCapabilities") ?? ["EC2"],
      propagateTags: input["propagateTags"] === true,
      tags: tagsOf(input),
    }
    this.#byName.set(name, [...revisions, definition])
    return definition
  }

  /** By ARN, `name:revision`, or a name alone for its newest active revision. */
  find(named: string): JobDefinition | null {
    const [, name = "", revision] = /^(?:arn:[^/]+:job-definition\/)?([^:/]+)(?::(\d+))?$/.exec(named) ?? []
    const revisions = this.#byName.get(name) ?? []
    if (revision !== undefined) return revisions[Number(revision) - 1] ?? null
    return revisions.findLast(({ isActive }) => isActive) ?? null
  }

  deregister(named: string): void {
    const definition = this.find(named)
    // A revision must be named, or a name alone would take away whichever is newest.
    if (definition === null || !/:\d+$/.test(named)) {
      throw new BatchRefusal(`Error executing request, Exception : jobDefinition ${named} does not exist`)
    }
    definition.isActive = false
  }

  /** Newest first. */
  list(input: Input): readonly JobDefinition[] {
    const named = texts(input, "jobDefinitions")
    const name = text(input, "jobDefinitionName")
    const status = text(input, "status")
    const all =
      named !== undefined
        ? named.flatMap((each) => this.find(each) ?? [])
        : name !== undefined
          ? (this.#byName.get(name) ?? []).toReversed()
          : [...this.#byName.values()].flatMap((revisions) => revisions.toReversed())
    return all.filter(({ isActive }) => status === undefined || isActive === (status === "ACTIVE"))
  }

  tagsOf(arn: string): Record<string, string> | null {
    return this.find(arn)?.tags ?? null
  }
}

/** DescribeJobDefinitions' form of one. */
export function describeDefinition(definition: JobDefinition): Input {
  const { name, arn, revision, isActive, container, parameters, retry, timeoutSeconds } = definition
  return {
    jobDefinitionName: name,
    jobDefinitionArn: arn,
    revision,
    status: isActive ? "ACTIVE" : "INACTIVE",
    type: "container",
    containerOrchestrationType: "ECS",
    containerProperties: { environment: [], mountPoints: [], volumes: [], ulimits: [], secrets: [], ...container },
    parameters,
    ...(retry === undefined ? {} : { retryStrategy: retry }),
    ...(timeoutSeconds === undefined ? {} : { timeout: { attemptDurationSeconds: timeoutSeconds } }),
    platformCapabilities: definition.platformCapabilities,
    propagateTags: definition.propagateTags,
    tags: definition.tags,
  }
}

export function readTimeout(input: Input): number | undefined {
  const timeout = optionalRecord(input, "timeout")
  if (timeout === undefined) return undefined
  return wholeNumber(timeout, "attemptDurationSeconds", 60, Number.MAX_SAFE_INTEGER)
}

/** Names that begin with AWS_BATCH are Batch's own. */
export function checkEnvironment(container: Input): void {
  for (const { name } of records(container, "environment")) {
    if (typeof name === "string" && name.startsWith("AWS_BATCH")) {
      throw new BatchRefusal(
        `Error executing request, Exception : Environment variable names cannot start with AWS_BATCH, got ${name}`,
      )
    }
  }
}

/** vCPUs of a container: by its requirements, else by the older member. */
export function vcpusOf(container: Input): number {
  const required = records(container, "resourceRequirements").find(({ type }) => type === "VCPU")
  const value = Number(required?.["value"] ?? container["vcpus"] ?? 1)
  return value > 0 ? value : 1
}

function checkResources(container: Input): void {
  for (const { type, value } of records(container, "resourceRequirements")) {
    const isKnown = type === "VCPU" || type === "MEMORY" || type === "GPU"
    if (!isKnown || !(Number(value) > 0)) {
      throw new BatchRefusal(
        `Error executing request, Exception : resourceRequirements ${String(type)}=${String(value)} is not valid`,
      )
    }
  }
}
