import { describe, expect, test } from "vitest"
import { type LogOptions, readLogs } from "../../../src/app/read-logs.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import type { Attempt, EndedAttempt, RowState, RowView } from "../../../src/core/decision/row.ts"
import { pendingRow } from "../../../src/core/decision/row.ts"
import { aJobEnd, anAttempt, aRun, aWorld } from "../../builders.ts"

const run = aRun()
const ALL: LogOptions = { follow: false, tail: null, host: null, attempt: null }
const FAILED: RowState = { status: "failed", reason: "" }

function attempt(number: number): Attempt {
  return anAttempt({ number })
}

function running(number: number): RowState {
  return { status: "running", attempt: attempt(number), phase: "training", raw: "" }
}

/** The row as each look at it finds it; the last look is repeated. */
async function linesOf(
  looks: readonly { readonly state: RowState; readonly ended: readonly (number | EndedAttempt)[] }[],
  options: LogOptions,
): Promise<readonly string[]> {
  const left = [...looks]
  const ports = {
    table: {
      async readView(): Promise<RowView> {
        const look = (left.length > 1 ? left.shift() : left[0]) ?? { state: FAILED, ended: [] }
        const ended = look.ended.map((each) =>
          typeof each === "number" ? { attempt: attempt(each), counted: true, end: aJobEnd(), metrics: {} } : each,
        )
        return { record: { ...pendingRow(run.run, 0), version: 1, state: look.state }, noted: null, ended }
      },
    },
    logs: {
      async *read(_run: unknown, { number }: Attempt) {
        for (const host of ["algo-1", "algo-2"]) yield { host, at: null, text: `attempt ${number} ${host}` }
      },
    },
    timing: LOCAL_TIMING,
    world: aWorld(),
  }
  const lines: string[] = []
  const signal = new AbortController().signal
  for await (const { text } of readLogs(ports as unknown as Parameters<typeof readLogs>[0], run, 0, options, signal)) {
    lines.push(text)
  }
  return lines
}

describe("read logs", () => {
  test("the newest attempt's, of all hosts", async () => {
    const state = running(2)
    expect(await linesOf([{ state, ended: [1] }], ALL)).toEqual(["attempt 2 algo-1", "attempt 2 algo-2"])
  })

  test("of one host, of one attempt", async () => {
    const look = { state: FAILED, ended: [1, 2] }
    expect(await linesOf([look], { ...ALL, host: "algo-2", attempt: 1 })).toEqual(["attempt 1 algo-2"])
    await expect(linesOf([look], { ...ALL, attempt: 3 })).rejects.toMatchObject({ code: "notFound" })
  })

  test("followed, it waits for the first attempt and goes on with the next, each once, until the row is final", async () => {
    const looks = [
      { state: { status: "pending" } as const, ended: [] },
      { state: running(1), ended: [] },
      { state: { status: "waiting", reason: "retry", detail: "", until: 0, since: 0 } as const, ended: [1] },
      { state: running(2), ended: [1] },
      { state: FAILED, ended: [1, 2] },
    ]
    expect(await linesOf(looks, { ...ALL, follow: true, host: "algo-1" })).toEqual([
      "attempt 1 algo-1",
      "attempt 2 algo-1",
    ])
  })

  test("a row that ended without beginning has no log, followed or not", async () => {
    for (const follow of [true, false]) {
      await expect(linesOf([{ state: FAILED, ended: [] }], { ...ALL, follow })).rejects.toMatchObject({
        code: "notFound",
        message: expect.stringContaining("has no training job: it is failed"),
      })
    }
  })

  test("what bears the name of an attempt that was refused is another's, and is not shown", async () => {
    const end = aJobEnd({ status: "failed", cause: "client", reason: "the name is taken", startedAt: null })
    const refused = { attempt: attempt(1), counted: false, end, metrics: {} }
    await expect(linesOf([{ state: FAILED, ended: [refused] }], ALL)).rejects.toMatchObject({ code: "notFound" })
  })
})
