import { describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { outwait, outwaitTable } from "../../../src/app/outwait-table.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import { type ErrorCode, RegattaError } from "../../../src/core/errors.ts"
import { aRun, aTrainingJob, aWorld } from "../../builders.ts"

const NEVER = new AbortController().signal

/** A call that throws this code so many times before it answers, and how often it was asked. */
function failing(code: ErrorCode, times = Number.POSITIVE_INFINITY) {
  const asked = { times: 0 }
  return {
    asked,
    async call(): Promise<string> {
      asked.times += 1
      if (asked.times <= times) throw new RegattaError(code, `the table is ${code}`)
      return "answer"
    },
  }
}

function patience(signal = NEVER) {
  return { world: aWorld(), timing: LOCAL_TIMING, signal }
}

describe("outwait", () => {
  test("asks a table that is away until it answers", async () => {
    const { asked, call } = failing("unavailable", 7)
    expect(await outwait(patience(), call)).toBe("answer")
    expect(asked.times).toBe(8)
  })

  test("gives up on a table that stays away after the time for it, and not before", async () => {
    const given = patience()
    const startedAt = given.world.clock.now()
    await expect(outwait(given, failing("unavailable").call)).rejects.toMatchObject({ code: "unavailable" })
    expect(given.world.clock.now() - startedAt).toBe(LOCAL_TIMING.outwait)
  })

  test.each(["damaged", "denied", "notFound", "unsupported"] as const)(
    "throws at once what waiting does not mend: %s",
    async (code) => {
      const given = patience()
      const startedAt = given.world.clock.now()
      const { asked, call } = failing(code)
      await expect(outwait(given, call)).rejects.toMatchObject({ code })
      expect([asked.times, given.world.clock.now()]).toEqual([1, startedAt])
    },
  )

  test("waits no longer once it is told to end", async () => {
    const { asked, call } = failing("unavailable")
    await expect(outwait(patience(AbortSignal.abort()), call)).rejects.toMatchObject({ code: "unavailable" })
    expect(asked.times).toBe(1)
  })
})

describe("outwaitTable", () => {
  test("repeats what a loop asks and lets a lost note be lost", async () => {
    const read = failing("unavailable", 3)
    const note = failing("unavailable", 3)
    const table = new MemoryRunTable({ retryAfter: 1 })
    await table.createRun(aRun())
    const readRun = table.readRun.bind(table)
    table.readRun = async (run) => {
      await read.call()
      return readRun(run)
    }
    table.note = async () => void (await note.call())
    const patient = outwaitTable(table, patience())
    expect(await patient.readRun(aRun().run)).toEqual(aRun())
    await expect(patient.note(aRun().run, 0, aTrainingJob())).rejects.toMatchObject({ code: "unavailable" })
    expect([read.asked.times, note.asked.times]).toEqual([4, 1])
  })
})
