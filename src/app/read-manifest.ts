// The records of a manifest, streamed: CSV with quoted fields and newlines, CRLF, a byte-order mark, any UTF-8.
// Gives no meaning to a cell, and holds no more than a piece of the file at once.
import { type CsvError, Parser } from "csv-parse"

/** One record. `line` is where it begins, from 1: a quoted newline makes a record longer than a line. */
export interface ManifestRecord {
  readonly kind: "record"
  readonly line: number
  readonly cells: readonly string[]
}

/** What is wrong with the file itself. After `isLast` nothing follows: the rest cannot be read. */
export interface ManifestFault {
  readonly kind: "fault"
  readonly line: number | null
  readonly message: string
  readonly isLast: boolean
}

/** A quote that is never closed would make the rest of a file one record. */
const LONGEST_RECORD = 1_000_000
/** Blank records before a further one that are named one by one. */
const BLANKS_NAMED = 100

/** Records in order, in batches of one piece of the file. Blank records at the end of the file are passed over; others are faults. */
export async function* readManifest(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly (ManifestRecord | ManifestFault)[]> {
  const parser = new Parser({
    bom: true,
    relax_column_count: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: LONGEST_RECORD,
  })
  // Without a listener an error would end the process; it is read from `errored`.
  parser.on("error", () => {})
  const encoding = utf8Check()
  const records = recordGatherer()
  for await (const chunk of chunks) {
    const wrong = encoding.add(chunk)
    if (wrong !== null) return yield [...records.gather(parser), wrong]
    // The parser's transform is synchronous: after the write all whole records of the piece can be read.
    parser.write(chunk)
    yield records.gather(parser)
    if (parser.errored !== null) return yield [faultOf(parser.errored, records.nextLine())]
  }
  const cut = encoding.end()
  if (cut !== null) return yield [cut]
  parser.end()
  try {
    for await (const each of parser) yield records.one(each)
  } catch (error) {
    yield [faultOf(error, records.nextLine())]
  }
}

function recordGatherer() {
  let nextLine = 1
  let blanks: number[] = []
  let unnamed = 0
  function one(cells: readonly string[]): (ManifestRecord | ManifestFault)[] {
    const line = nextLine
    nextLine += 1 + cells.reduce((sum, cell) => sum + newlines(cell), 0)
    if (cells.every((cell) => cell.trim() === "")) {
      if (blanks.length < BLANKS_NAMED) blanks.push(line)
      else unnamed += 1
      return []
    }
    const faults = blanks.map((blank) => blankFault(blank, blank === blanks.at(-1) ? unnamed : 0))
    blanks = []
    unnamed = 0
    return [...faults, { kind: "record", line, cells }]
  }
  return {
    one,
    nextLine: () => nextLine,
    gather(parser: Parser): (ManifestRecord | ManifestFault)[] {
      const gathered: (ManifestRecord | ManifestFault)[] = []
      for (let cells: string[] | null = parser.read(); cells !== null; cells = parser.read())
        gathered.push(...one(cells))
      return gathered
    },
  }
}

function blankFault(line: number, more: number): ManifestFault {
  const rest = more === 0 ? "" : ` (and ${more} more after it)`
  return {
    kind: "fault",
    line,
    message: `an empty record${rest}: to skip it would shift the index of every row after it; take it out`,
    isLast: false,
  }
}

/** @param line where the record that cannot be read begins: the parser's own count takes a quoted CRLF for two lines. */
function faultOf(error: unknown, line: number): ManifestFault {
  const { code, message } = error as Partial<CsvError>
  return { kind: "fault", line, message: csvMessage(code, message ?? ""), isLast: true }
}

function csvMessage(code: string | undefined, message: string): string {
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quote is opened and never closed"
    case "CSV_MAX_RECORD_SIZE":
      return `a record is longer than ${LONGEST_RECORD} characters: is a quote never closed?`
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_OPENING_QUOTE":
      return 'a quote stands inside an unquoted cell: quote the whole cell, and write "" for a quote in it'
    case "CSV_INVALID_CLOSING_QUOTE":
      return 'after a closing quote a comma or the end of the line must follow; write "" for a quote in a cell'
    default:
      return `this is no CSV: ${message}`
  }
}

/** Watches that the pieces are UTF-8 text, and counts their lines. */
function utf8Check() {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let lines = 1
  let isFirst = true
  return {
    add(chunk: Uint8Array): ManifestFault | null {
      const marked = isFirst ? utf16Fault(chunk) : null
      isFirst = isFirst && chunk.length === 0
      if (marked !== null) return marked
      try {
        const text = decoder.decode(chunk, { stream: true })
        const zero = text.indexOf("\0")
        if (zero !== -1) return notText(lines + newlines(text.slice(0, zero)), "it holds a zero byte, as no text does")
        lines += newlines(text)
        return null
      } catch {
        const [good = ""] = new TextDecoder().decode(chunk).split("\uFFFD")
        return notText(lines + newlines(good), "it holds bytes that are not UTF-8")
      }
    },
    end(): ManifestFault | null {
      try {
        decoder.decode()
        return null
      } catch {
        return notText(lines, "it ends inside a character of UTF-8")
      }
    },
  }
}

function utf16Fault([first, second]: Uint8Array): ManifestFault | null {
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return isMarked ? notText(1, "it begins like UTF-16") : null
}

function notText(line: number, why: string): ManifestFault {
  return { kind: "fault", line, message: `a manifest is CSV in UTF-8, and this file is not: ${why}`, isLast: true }
}

/** Line ends in a text: LF, CRLF or CR. */
function newlines(text: string): number {
  if (!text.includes("\n") && !text.includes("\r")) return 0
  return text.match(/\r\n|\n|\r/g)?.length ?? 0
}
