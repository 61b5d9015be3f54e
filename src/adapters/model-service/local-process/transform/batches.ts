import { createReadStream } from "node:fs"
import { readFile, stat } from "node:fs/promises"

const NEWLINE = 10

/** The records of one request: lines without their ends, or one whole file. */
export type Batch = readonly Buffer[]

export interface BatchRule {
  /** Whether the records are lines; else a file is one record. */
  readonly byLine: boolean
  /** Whether a request has one record; else as many as it may hold. */
  readonly single: boolean
  /** Most bytes of a request; Infinity: any. */
  readonly mostBytes: number
}

/** The file's records as they are sent. Throws an Error for a record that is larger than a request may be. */
export async function* batchesOf(path: string, rule: BatchRule): AsyncGenerator<Batch> {
  if (!rule.byLine) {
    const { size } = await stat(path)
    refuseLarge(size, "the file", rule)
    yield [await readFile(path)]
    return
  }
  let batch: Buffer[] = []
  let bytes = 0
  let count = 0
  for await (const line of linesOf(path)) {
    count += 1
    refuseLarge(line.length, `record ${count}`, rule)
    if (batch.length > 0 && (rule.single || bytes + line.length + 1 > rule.mostBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(line)
    bytes += line.length + 1
  }
  if (batch.length > 0) yield batch
}

/** Lines that are not empty, without `\n` and `\r`. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path)) {
    const all: Buffer = Buffer.concat([rest, chunk as Buffer])
    let from = 0
    for (let at = all.indexOf(NEWLINE); at >= 0; at = all.indexOf(NEWLINE, from)) {
      const line = trimEnd(all.subarray(from, at))
      if (line.length > 0) yield line
      from = at + 1
    }
    rest = Buffer.from(all.subarray(from))
  }
  const last = trimEnd(rest)
  if (last.length > 0) yield last
}

function trimEnd(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line
}

function refuseLarge(bytes: number, what: string, { mostBytes }: BatchRule): void {
  if (bytes <= mostBytes) return
  const bound = `${mostBytes / 1024 ** 2} MB`
  throw new Error(`${what} has ${bytes} bytes, and a request holds ${bound}: raise --max-payload`)
}
