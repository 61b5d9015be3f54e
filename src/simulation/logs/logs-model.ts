// CloudWatch Logs in all regions: groups and streams that begin to exist with their first line, read by pages and tokens.
// It keeps every line for ever, and refuses what no part of Regatta asks of logs.
import type { Instant } from "../../core/ids.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ModelledLogs, ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { LogGroup, type LogLine, type LogStream } from "./log-group.ts"
import { LOGS_SHAPES } from "./logs-shapes.ts"
import { filterEvents, getEvents } from "./read-events.ts"

const MOST_STREAMS = 50
const DEFAULT_STREAMS = 25
const DEFAULT_GROUPS = 50

type Input = Readonly<Record<string, unknown>>

export interface LogsOptions {
  /** Whether GetLogEvents gives an empty page before each page that holds something. */
  readonly hasEmptyPages?: boolean
  readonly account?: string
}

export class LogsModel implements ServiceModel, ModelledLogs {
  readonly #hasEmptyPages: boolean
  readonly #account: string
  readonly #groups = new Map<string, Map<string, LogGroup>>()

  constructor({ hasEmptyPages = false, account = "000000000000" }: LogsOptions = {}) {
    this.#hasEmptyPages = hasEmptyPages
    this.#account = account
  }

  append(region: string, group: string, stream: string, lines: readonly LogLine[]): void {
    const at = lines[0]?.at ?? 0
    this.#open(region, group, at)
      .open(stream, at)
      .lines.push(...lines)
  }

  handle({ region, operation, input }: ServiceRequest, now: Instant): ServiceAnswer {
    return answered(() => {
      const shape = LOGS_SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input, "InvalidParameterException")
      return this.#operation(region, operation, input, now)
    })
  }

  #operation(region: string, operation: string, input: Input, now: Instant): Input {
    switch (operation) {
      case "CreateLogGroup":
        return this.#createGroup(region, text(input, "logGroupName"), now)
      case "CreateLogStream":
        return this.#createStream(this.#group(region, input), text(input, "logStreamName"), now)
      case "DescribeLogGroups":
        return this.#describeGroups(region, input)
      case "DescribeLogStreams":
        return this.#describeStreams(region, input)
      case "GetLogEvents":
        return getEvents(this.#stream(region, input), input, this.#hasEmptyPages)
      case "FilterLogEvents":
        return filterEvents(this.#filtered(region, input), input)
      case "PutLogEvents": {
        const events = input["logEvents"] as readonly { readonly timestamp: number; readonly message: string }[]
        const lines = events.map(({ timestamp, message }) => ({ at: timestamp, message }))
        this.#stream(region, input).lines.push(...lines)
        return {}
      }
      default:
        throw unknownOperation(operation)
    }
  }

  #createGroup(region: string, name: string, now: Instant): Input {
    if (this.#groups.get(region)?.has(name) === true)
      throw new Refusal("ResourceAlreadyExistsException", "The specified log group already exists")
    this.#open(region, name, now)
    return {}
  }

  #createStream(group: LogGroup, name: string, now: Instant): Input {
    if (group.stream(name) !== undefined)
      throw new Refusal("ResourceAlreadyExistsException", "The specified log stream already exists")
    group.open(name, now)
    return {}
  }

  #describeGroups(region: string, input: Input): Input {
    const prefix = text(input, "logGroupNamePrefix")
    const names = [...(this.#groups.get(region)?.keys() ?? [])].filter((name) => name.startsWith(prefix)).sort()
    const { shown, next } = cut(names, (name) => name, input, DEFAULT_GROUPS)
    const logGroups = shown.map((logGroupName) => ({
      logGroupName,
      arn: `arn:aws:logs:${region}:${this.#account}:log-group:${logGroupName}:*`,
    }))
    return { logGroups, ...next }
  }

  #describeStreams(region: string, input: Input): Input {
    const byTime = input["orderBy"] === "LastEventTime"
    const prefix = text(input, "logStreamNamePrefix")
    if (byTime && prefix !== "")
      throw new Refusal("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    const named = this.#group(region, input).startingWith(prefix)
    const ordered = byTime ? named.toSorted((a, b) => a.lastAt - b.lastAt) : named
    const streams = input["descending"] === true ? ordered.toReversed() : ordered
    const { shown, next } = cut(streams, ({ name }) => name, input, DEFAULT_STREAMS)
    const group = text(input, "logGroupName")
    return { logStreams: shown.slice(0, MOST_STREAMS).map((stream) => this.#shown(region, group, stream)), ...next }
  }

  #shown(region: string, group: string, { name, createdAt, lines }: LogStream): Input {
    const [first, last] = [lines[0], lines.at(-1)]
    return {
      logStreamName: name,
      creationTime: createdAt,
      ...(first === undefined ? {} : { firstEventTimestamp: first.at }),
      ...(last === undefined ? {} : { lastEventTimestamp: last.at, lastIngestionTime: last.at }),
      arn: `arn:aws:logs:${region}:${this.#account}:log-group:${group}:log-stream:${name}`,
      storedBytes: 0,
    }
  }

  #filtered(region: string, input: Input): readonly LogStream[] {
    const group = this.#group(region, input)
    const names = input["logStreamNames"]
    if (!Array.isArray(names)) return group.startingWith(text(input, "logStreamNamePrefix"))
    if (input["logStreamNamePrefix"] !== undefined)
      throw new Refusal("InvalidParameterException", "logStreamNames and logStreamNamePrefix are exclusive")
    return names.map((name) => this.#stream(region, { ...input, logStreamName: name }))
  }

  #group(region: string, input: Input): LogGroup {
    const group = this.#groups.get(region)?.get(text(input, "logGroupName"))
    if (group === undefined) throw new Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    return group
  }

  #stream(region: string, input: Input): LogStream {
    const stream = this.#group(region, input).stream(text(input, "logStreamName"))
    if (stream === undefined) throw new Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
    return stream
  }

  #open(region: string, name: string, at: Instant): LogGroup {
    const here = this.#groups.get(region) ?? new Map<string, LogGroup>()
    this.#groups.set(region, here)
    const group = here.get(name) ?? new LogGroup(at)
    here.set(name, group)
    return group
  }
}

function text(input: Input, member: string): string {
  const value = input[member]
  return typeof value === "string" ? value : ""
}

/** One page; its token names the last that was shown. */
function cut<Item>(items: readonly Item[], nameOf: (item: Item) => string, input: Input, defaultSize: number) {
  const token = input["nextToken"]
  const from = token === undefined ? 0 : items.findIndex((item) => nameOf(item) === token) + 1
  if (token !== undefined && from === 0)
    throw new Refusal("InvalidParameterException", "The specified nextToken is invalid.")
  const size = typeof input["limit"] === "number" ? input["limit"] : defaultSize
  const shown = items.slice(from, from + size)
  const last = shown.at(-1)
  return { shown, next: last === undefined || from + size >= items.length ? {} : { nextToken: nameOf(last) } }
}
