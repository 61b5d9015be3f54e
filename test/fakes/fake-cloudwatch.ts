import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs"
import { awsFailure } from "./aws-fault.ts"
import { ScriptedClients, type SentCommand } from "./scripted-clients.ts"

interface Event {
  readonly timestamp: number
  readonly message: string
}

interface Stream {
  readonly creationTime: number
  readonly events: Event[]
}

const STREAMS_A_PAGE = 2
const EVENTS_A_PAGE = 3

/** CloudWatch Logs in memory: short pages, an empty one before each page with events, and tokens that stay the same at an end. */
export class FakeCloudWatch extends ScriptedClients<CloudWatchLogsClient> {
  readonly streams: Map<string, Stream>

  constructor() {
    const streams = new Map<string, Stream>()
    super((sent) => answer(streams, sent))
    this.streams = streams
  }

  write(stream: string, ...events: readonly (readonly [timestamp: number, message: string])[]): void {
    const there = this.streams.get(stream) ?? { creationTime: this.streams.size + 1, events: [] }
    this.streams.set(stream, there)
    there.events.push(...events.map(([timestamp, message]) => ({ timestamp, message })))
  }
}

function answer(streams: ReadonlyMap<string, Stream>, { operation, input }: SentCommand) {
  if (streams.size === 0) throw awsFailure("ResourceNotFoundException", 400, "The specified log group does not exist.")
  if (operation === "DescribeLogStreams") return describe(streams, input)
  const stream = streams.get(String(input["logStreamName"]))
  if (stream === undefined) throw awsFailure("ResourceNotFoundException", 400)
  return events(stream.events, input)
}

function describe(streams: ReadonlyMap<string, Stream>, input: SentCommand["input"]) {
  const names = [...streams.keys()].filter((name) => name.startsWith(String(input["logStreamNamePrefix"]))).sort()
  const from = Number(input["nextToken"] ?? 0)
  const logStreams = names
    .slice(from, from + STREAMS_A_PAGE)
    .map((logStreamName) => ({ logStreamName, creationTime: streams.get(logStreamName)?.creationTime }))
  return { logStreams, ...(from + STREAMS_A_PAGE < names.length ? { nextToken: String(from + STREAMS_A_PAGE) } : {}) }
}

/** Tokens are `f/<index>` and `b/<index>`; one with `?` is answered by an empty page first. */
function events(all: readonly Event[], input: SentCommand["input"]) {
  const limit = Math.min(Number(input["limit"] ?? EVENTS_A_PAGE), EVENTS_A_PAGE)
  const token = input["nextToken"] === undefined ? null : String(input["nextToken"])
  const at = Number(/\d+/.exec(token ?? "")?.[0] ?? (input["startFromHead"] === true ? 0 : all.length))
  if (input["startFromHead"] === true) {
    const to = Math.min(all.length, at + limit)
    if (to > at && token?.endsWith("?") !== true)
      return { events: [], nextForwardToken: `f/${at}?`, nextBackwardToken: `b/${at}` }
    return {
      events: all.slice(at, to),
      nextForwardToken: to === at ? (token ?? "f/0") : `f/${to}`,
      nextBackwardToken: `b/${at}`,
    }
  }
  const from = Math.max(0, at - limit)
  return {
    events: all.slice(from, at),
    nextForwardToken: `f/${at}`,
    nextBackwardToken: from === at && token !== null ? token : `b/${from}`,
  }
}
