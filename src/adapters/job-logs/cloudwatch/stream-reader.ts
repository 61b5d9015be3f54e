import {
  GetLogEventsCommand,
  type GetLogEventsCommandOutput,
  type OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs"
import type { LogLine } from "../../../ports/job-logs.ts"

/** CloudWatch's limit for one page. */
const MOST_EVENTS = 10_000

export interface StreamSource {
  readonly group: string
  readonly stream: string
  /** `algo-1`, … */
  readonly host: string
  /** null: there is no such stream any more. */
  ask(command: GetLogEventsCommand): Promise<GetLogEventsCommandOutput | null>
}

/** Lines of one log stream in its own order, one page in memory, from wherever the reader stands to what is there now. */
export class StreamReader {
  readonly #source: StreamSource
  #token: string | null = null
  #lines: LogLine[] = []
  #next = 0
  #isAtEnd = false

  constructor(source: StreamSource) {
    this.#source = source
  }

  /** Begins so many events before the end; returns how many there were. */
  async startAtTail(count: number): Promise<number> {
    const newest = await this.#page({ startFromHead: false, limit: Math.max(1, Math.min(count, MOST_EVENTS)) })
    let events = newest?.events ?? []
    let back = newest?.nextBackwardToken ?? null
    while (back !== null && events.length < count) {
      const page = await this.#page({ startFromHead: false, nextToken: back, limit: MOST_EVENTS })
      events = [...(page?.events ?? []), ...events]
      const further = page?.nextBackwardToken ?? null
      back = further === back ? null : further
    }
    const last = count === 0 ? [] : events.slice(-count)
    this.#keep(last)
    this.#token = newest?.nextForwardToken ?? null
    return last.length
  }

  /** What was at its end may have grown. */
  lookAgain(): void {
    this.#isAtEnd = false
  }

  /** Whether `fill` must be called before `peek` says the truth. */
  get isDry(): boolean {
    return this.#next >= this.#lines.length && !this.#isAtEnd
  }

  /** Reads until there is a line or nothing more is there now: a page may be empty, and the end is where the token stays the same. */
  async fill(): Promise<void> {
    while (this.isDry) {
      const page = await this.#page({
        startFromHead: true,
        ...(this.#token === null ? {} : { nextToken: this.#token }),
      })
      this.#keep(page?.events ?? [])
      const next = page?.nextForwardToken ?? this.#token
      this.#isAtEnd = page === null || next === this.#token
      this.#token = next
    }
  }

  /** The next line, kept until `next`; null: none now. */
  peek(): LogLine | null {
    return this.#lines[this.#next] ?? null
  }

  next(): void {
    this.#next += 1
  }

  #page(how: {
    startFromHead: boolean
    nextToken?: string
    limit?: number
  }): Promise<GetLogEventsCommandOutput | null> {
    const { group, stream } = this.#source
    return this.#source.ask(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, ...how }))
  }

  #keep(events: readonly OutputLogEvent[]): void {
    this.#lines = events.flatMap(({ message, timestamp }) => {
      const texts = (message ?? "").replace(/\r?\n$/, "").split(/\r?\n/)
      return texts.map((text) => ({ host: this.#source.host, at: timestamp ?? null, text }))
    })
    this.#next = 0
  }
}
