// GetLogEvents and FilterLogEvents over streams: pages by count and size, with tokens that say where a page ended.
// The end of a stream is told only by the returned token being the one that was passed, as by the service.
import { Refusal } from "../service-answers.ts"
import type { LogLine, LogStream } from "./log-group.ts"

type Input = Readonly<Record<string, unknown>>

const MOST_EVENTS = 10_000
/** Each event counts with its text and this many bytes more. */
const EVENT_OVERHEAD = 26
const MOST_BYTES = 1_048_576

/** `hasEmptyPages`: every page is preceded by an empty one with another token, as may happen with the service. */
export function getEvents(stream: LogStream, input: Input, hasEmptyPages: boolean): Input {
  const position = positionOf(input, stream)
  const isEmpty = hasEmptyPages && !position.isAfterEmpty && hasMore(stream, position)
  if (isEmpty) return page([], position.at, position.at, "e")
  const lines = isForward(position) ? forward(stream, position.at, input) : backward(stream, position.at, input)
  const isEvent = (line: LogLine) => isWithin(line, input)
  return page(stream.lines.slice(lines.from, lines.to).filter(isEvent), lines.from, lines.to, "")
}

interface Position {
  readonly direction: "f" | "b"
  /** Index of the line before which the page ends or at which it begins. */
  readonly at: number
  readonly isAfterEmpty: boolean
}

function isForward({ direction }: Position): boolean {
  return direction === "f"
}

function hasMore(stream: LogStream, position: Position): boolean {
  return isForward(position) ? position.at < stream.lines.length : position.at > 0
}

function positionOf(input: Input, stream: LogStream): Position {
  const token = input["nextToken"]
  if (token === undefined) {
    const isFromHead = input["startFromHead"] === true
    return isFromHead
      ? { direction: "f", at: 0, isAfterEmpty: false }
      : { direction: "b", at: stream.lines.length, isAfterEmpty: false }
  }
  const [, direction, at, empty] = /^([fb])\/(\d+)\/s(e?)$/.exec(String(token)) ?? []
  if (direction !== "f" && direction !== "b")
    throw new Refusal("InvalidParameterException", "The specified nextToken is invalid.")
  return { direction, at: Math.min(Number(at), stream.lines.length), isAfterEmpty: empty === "e" }
}

function forward({ lines }: LogStream, from: number, input: Input): { readonly from: number; readonly to: number } {
  let to = from
  for (let bytes = 0, count = 0; to < lines.length && count < limitOf(input); to++) {
    const line = lines[to]
    if (line === undefined || !isWithin(line, input)) continue
    bytes += sizeOf(line)
    count += 1
    if (bytes > MOST_BYTES && count > 1) break
  }
  return { from, to }
}

function backward({ lines }: LogStream, to: number, input: Input): { readonly from: number; readonly to: number } {
  let from = to
  for (let bytes = 0, count = 0; from > 0 && count < limitOf(input); from--) {
    const line = lines[from - 1]
    if (line === undefined || !isWithin(line, input)) continue
    bytes += sizeOf(line)
    count += 1
    if (bytes > MOST_BYTES && count > 1) break
  }
  return { from, to }
}

function page(lines: readonly LogLine[], from: number, to: number, empty: "" | "e"): Input {
  return {
    events: lines.map(({ at, message }) => ({ timestamp: at, message, ingestionTime: at })),
    nextForwardToken: `f/${digits(to)}/s${empty}`,
    nextBackwardToken: `b/${digits(from)}/s${empty}`,
  }
}

function digits(position: number): string {
  return String(position).padStart(56, "0")
}

interface FoundEvent extends LogLine {
  readonly stream: string
  readonly position: number
}

/** Over all streams, by time. A pattern is one or more words that must all occur; others are refused. */
export function filterEvents(streams: readonly LogStream[], input: Input): Input {
  const words = wordsOf(input["filterPattern"])
  const found = streams
    .flatMap(({ name, lines }) => lines.map((line, position): FoundEvent => ({ ...line, stream: name, position })))
    .filter((line) => isWithin(line, input) && words.every((word) => line.message.includes(word)))
    .sort((a, b) => a.at - b.at || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.position - b.position))
  const from = startOf(input["nextToken"])
  let to = from
  for (let bytes = 0; to < found.length && to - from < limitOf(input); to++) {
    bytes += sizeOf(found[to])
    if (bytes > MOST_BYTES && to > from) break
  }
  return {
    events: found.slice(from, to).map(({ at, message, stream, position }) => ({
      logStreamName: stream,
      timestamp: at,
      message,
      ingestionTime: at,
      eventId: `${stream}#${position}`,
    })),
    searchedLogStreams: [],
    ...(to < found.length ? { nextToken: String(to) } : {}),
  }
}

function wordsOf(pattern: unknown): readonly string[] {
  const text = typeof pattern === "string" ? pattern.trim() : ""
  if (/["{}[\]?%|]|(?:^|\s)-/.test(text))
    throw new Refusal("InvalidParameterException", "the emulator reads only words as a filter pattern")
  return text === "" ? [] : text.split(/\s+/)
}

function startOf(token: unknown): number {
  if (token === undefined) return 0
  if (!/^\d+$/.test(String(token)))
    throw new Refusal("InvalidParameterException", "The specified nextToken is invalid.")
  return Number(token)
}

/** `endTime` is excluded. */
function isWithin({ at }: LogLine, { startTime, endTime }: { startTime?: unknown; endTime?: unknown }): boolean {
  return (typeof startTime !== "number" || at >= startTime) && (typeof endTime !== "number" || at < endTime)
}

function limitOf(input: Input): number {
  return typeof input["limit"] === "number" ? input["limit"] : MOST_EVENTS
}

function sizeOf(line: LogLine | undefined): number {
  return Buffer.byteLength(line?.message ?? "") + EVENT_OVERHEAD
}
