import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { journalFile } from "../../../../src/adapters/array-queue/local/array-folder.ts"
import { type JournalEntry, JournalReader, JournalWriter } from "../../../../src/adapters/array-queue/local/journal.ts"

const ALIVE = "here.0badcafe.1.1"
const entries: readonly JournalEntry[] = [
  { child: 0, attempt: 1, process: ALIVE },
  { child: 1, attempt: 1, process: ALIVE },
  { child: 0, attempt: 1, exit: 0, byPerson: false },
  { child: 1, attempt: 1, exit: null, byPerson: false },
  { child: 1, attempt: 2, process: ALIVE },
  { child: 1, attempt: 2, exit: 70, byPerson: false },
  { child: 2, attempt: 1, process: ALIVE },
  { child: 3, attempt: 1, process: null },
  { child: 4, attempt: 1, process: ALIVE },
  { child: 4, attempt: 1, exit: 75, byPerson: true },
]

describe("journal of an array", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "regatta-journal-"))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test("tells where each child stands", async () => {
    write(entries)
    const journal = await read()
    expect([0, 1, 2, 3, 4, 5].map((child) => journal.of(child))).toEqual([
      { state: "succeeded", attempt: 1 },
      { state: "failed", attempt: 2, exit: 70, byPerson: false },
      { state: "running", attempt: 1, process: ALIVE },
      { state: "running", attempt: 1, process: null },
      { state: "failed", attempt: 1, exit: 75, byPerson: true },
      { state: "queued", attempt: 0 },
    ])
  })

  test("a missing journal is one of children that have not started", async () => {
    expect((await read()).of(0)).toEqual({ state: "queued", attempt: 0 })
  })

  test("a reader that goes on reads only what was appended, as one that begins anew", async () => {
    const reader = new JournalReader(folder)
    for (let at = 0; at < entries.length; at += 3) {
      write(entries.slice(at, at + 3))
      await reader.refresh()
    }
    const anew = await read()
    for (let child = 0; child < 6; child += 1) expect(reader.of(child)).toEqual(anew.of(child))
  })

  test("cut anywhere by the death of its writer, it tells what was whole, and the next writer's lines are read", async () => {
    write(entries)
    const whole = readFileSync(journalFile(folder), "utf8")
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (cut) => {
        writeFileSync(journalFile(folder), whole.slice(0, cut))
        const reader = await read()
        write([{ child: 9, attempt: 1, exit: 0, byPerson: false }])
        await reader.refresh()
        // A line that lacks only its end is whole after all.
        const kept = whole.slice(0, cut).split("\n").filter(isJson).map(parse)
        expect(reader.of(9)).toEqual({ state: "succeeded", attempt: 1 })
        for (let child = 0; child < 5; child += 1) expect(reader.of(child)).toEqual(told(kept, child))
      }),
    )
  })

  function write(lines: readonly JournalEntry[]): void {
    const writer = new JournalWriter(folder)
    for (const line of lines) writer.append(line)
    writer.close()
  }

  async function read(): Promise<JournalReader> {
    const reader = new JournalReader(folder)
    await reader.refresh()
    return reader
  }

  function told(lines: readonly JournalEntry[], child: number) {
    const reader = new JournalReader(folder)
    for (const line of lines) if (line.child === child) reader.apply(line)
    return reader.of(child)
  }
})

function isJson(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function parse(text: string): JournalEntry {
  return JSON.parse(text) as JournalEntry
}
