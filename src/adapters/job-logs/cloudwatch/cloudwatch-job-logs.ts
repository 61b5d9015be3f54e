// Logs of training jobs in CloudWatch, in each job's own region: all hosts and all of their streams, by time.
// Writes nothing, keeps one page of each stream in memory, and takes no pause of a log for its end.
import {
  type CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  type GetLogEventsCommand,
  type GetLogEventsCommandOutput,
  type LogStream,
} from "@aws-sdk/client-cloudwatch-logs"
import pLimit from "p-limit"
import type { Observation } from "../../../core/decision/action.ts"
import type { Timing } from "../../../core/decision/policy.ts"
import type { Attempt } from "../../../core/decision/row.ts"
import type { Instant } from "../../../core/ids.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { JobLogs, LogLine } from "../../../ports/job-logs.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsError, errorName } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { StreamReader } from "./stream-reader.ts"

export const TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"

/** Streams read at once: the service takes 25 GetLogEvents a second of an account. */
const AT_ONCE = 5
const MS_PER_STREAM = 50

export interface CloudWatchJobLogsOptions {
  readonly clients: ByRegion<CloudWatchLogsClient>
  /** Says when the training job has ended. */
  readonly describe: (run: RunRecord, attempt: Attempt) => Promise<Observation>
  readonly clock: Clock
  readonly timing: Pick<Timing, "poll" | "settle">
}

interface Reading {
  readonly run: RunRecord
  readonly attempt: Attempt
  readonly signal: AbortSignal
  readonly readers: Map<string, StreamReader>
}

export class CloudWatchJobLogs implements JobLogs {
  readonly #options: CloudWatchJobLogsOptions

  constructor(options: CloudWatchJobLogsOptions) {
    this.#options = options
  }

  /** Errors: `denied`, `unavailable`. Every request is a question and repeated by the client. */
  async *read(
    run: RunRecord,
    attempt: Attempt,
    options: { readonly follow: boolean; readonly tail: number | null },
    signal: AbortSignal,
  ): AsyncGenerator<LogLine> {
    const reading = { run, attempt, signal, readers: new Map<string, StreamReader>() }
    try {
      await this.#findStreams(reading, options.tail)
      yield* this.#linesNow(reading)
      if (options.follow) yield* this.#follow(reading)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** The last lines arrive after the job has ended: it is over when nothing has come for a while since. */
  async *#follow(reading: Reading): AsyncGenerator<LogLine> {
    const { clock, timing } = this.#options
    const { signal, readers } = reading
    const quiet = timing.poll / 2
    let newsAt: Instant = clock.now()
    let [hasEnded, askAt, findAt]: [boolean, Instant, Instant] = [false, 0, 0]
    for (;;) {
      if (!hasEnded && clock.now() >= askAt) {
        hasEnded = await this.#hasEnded(reading)
        askAt = clock.now() + quiet
        if (hasEnded) newsAt = clock.now()
      }
      const isLast = hasEnded && clock.now() >= newsAt + quiet
      // A stream that appears last of all is looked for last of all.
      if (isLast || clock.now() >= findAt) {
        if (await this.#findStreams(reading, null)) newsAt = clock.now()
        findAt = clock.now() + quiet
      }
      for await (const line of this.#linesNow(reading)) {
        newsAt = clock.now()
        yield line
      }
      if (signal.aborted || (isLast && clock.now() >= newsAt + quiet)) return
      await clock.sleep(clock.now() + Math.max(timing.poll / 15, readers.size * MS_PER_STREAM), signal)
      if (signal.aborted) return
    }
  }

  /** All lines there are, by time, each stream's in its own order. */
  async *#linesNow({ readers: all, signal }: Reading): AsyncGenerator<LogLine> {
    const readers = [...all.values()]
    const limit = pLimit(AT_ONCE)
    for (const reader of readers) reader.lookAgain()
    while (!signal.aborted) {
      const dry = readers.filter((reader) => reader.isDry)
      if (dry.length > 0) await Promise.all(dry.map((reader) => limit(() => reader.fill())))
      let first: { readonly reader: StreamReader; readonly line: LogLine } | null = null
      for (const reader of readers) {
        const line = reader.peek()
        if (line !== null && (first === null || timeOf(line) < timeOf(first.line))) first = { reader, line }
      }
      if (first === null) return
      first.reader.next()
      yield first.line
    }
  }

  /** Begins to read streams that are new, at their head or at their hosts' last lines. Returns whether there are any. */
  async #findStreams(reading: Reading, tail: number | null): Promise<boolean> {
    const found = (await this.#streams(reading)).filter(
      ({ logStreamName }) => !reading.readers.has(logStreamName ?? ""),
    )
    // A host that begins anew writes to a new stream: its last lines may lie in several, the newest first.
    const newestFirst = [...found].sort((one, other) => (other.creationTime ?? 0) - (one.creationTime ?? 0))
    const left = new Map<string, number>()
    for (const { logStreamName: stream = "" } of newestFirst) {
      const host = hostOf(stream)
      const ask = (command: GetLogEventsCommand) => this.#events(reading, command)
      const reader = new StreamReader({ group: TRAINING_LOGS, stream, host, ask })
      reading.readers.set(stream, reader)
      if (tail === null) continue
      const room = left.get(host) ?? tail
      left.set(host, room - (await reader.startAtTail(room)))
    }
    return found.length > 0
  }

  async #streams({ attempt, signal }: Reading): Promise<readonly LogStream[]> {
    const { region } = attempt.held.place
    const streams: LogStream[] = []
    let nextToken: string | undefined
    try {
      do {
        const page = await this.#options.clients.in(region).send(
          new DescribeLogStreamsCommand({
            logGroupName: TRAINING_LOGS,
            logStreamNamePrefix: `${attempt.jobName}/`,
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
          { abortSignal: signal },
        )
        streams.push(...(page.logStreams ?? []))
        nextToken = page.nextToken
      } while (nextToken !== undefined)
    } catch (error) {
      // The group comes into being with the first line of the region's first training job.
      if (!isMissing(error)) throw awsError(error, `find the logs of ${attempt.jobName} in ${region}`, { region })
    }
    return streams
  }

  async #events({ attempt, signal }: Reading, command: GetLogEventsCommand): Promise<GetLogEventsCommandOutput | null> {
    const { region } = attempt.held.place
    try {
      return await this.#options.clients.in(region).send(command, { abortSignal: signal })
    } catch (error) {
      if (isMissing(error)) return null
      throw awsError(error, `read the logs of ${attempt.jobName} in ${region}`, { region })
    }
  }

  async #hasEnded({ run, attempt }: Reading): Promise<boolean> {
    const seen = await this.#options.describe(run, attempt)
    if (seen.kind === "job") return seen.job.end !== null
    // Until then a create may still take effect.
    return seen.kind === "foreign" || (seen.kind === "absent" && seen.at > attempt.sendBy + this.#options.timing.settle)
  }
}

/** `<job>/algo-1-1542410713` is of the host `algo-1`. */
function hostOf(stream: string): string {
  const name = stream.slice(stream.indexOf("/") + 1)
  return /^(.+)-\d+$/.exec(name)?.[1] ?? name
}

function timeOf({ at }: LogLine): number {
  return at ?? Number.NEGATIVE_INFINITY
}

function isMissing(error: unknown): boolean {
  return errorName(error) === "ResourceNotFoundException"
}
