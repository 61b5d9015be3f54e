import fc from "fast-check"
import { expect, test } from "vitest"
import { MemoryRunTable } from "../../src/adapters/run-table/memory/memory-run-table.ts"
import { type QueuePorts, submitArrays } from "../../src/app/submit-arrays.ts"
import { LOCAL_TIMING } from "../../src/core/decision/policy.ts"
import type { OwnerId } from "../../src/core/ids.ts"
import type { ArrayRecord, RunRecord } from "../../src/core/run/run.ts"
import { contiguousArrays } from "../../src/core/run/slices.ts"
import type { ArrayQueue } from "../../src/ports/array-queue.ts"
import { aRun, aWorld } from "../builders.ts"

const SLICES = 3
const never = new AbortController().signal

/** When a submitter is killed: at its n-th call of a port, before the call takes effect or after. */
const kills = fc.record({ call: fc.integer({ min: 0, max: 14 }), isDone: fc.boolean() })

test("submitters at once and killed anywhere leave exactly one array per slice, each asked for by one at a time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.option(kills), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (scheduler, submitters, isDeathSeen) => {
        const { table, queue, run } = await aSubmission()
        const dead = new Set<string>()
        const all = submitters.map((kill, at) => {
          const me = `command|${at}` as OwnerId
          const ports = mortal({ table, queue, isGone: (by) => isDeathSeen && dead.has(by) }, me, kill, dead, scheduler)
          return submitArrays(ports, run.run, me, never).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error
          })
        })
        await scheduler.waitFor(Promise.all(all))
        const last = mortal(
          { table, queue, isGone: (by) => isDeathSeen && dead.has(by) },
          "command|last",
          null,
          dead,
          scheduler,
        )
        await scheduler.waitFor(submitArrays(last, run.run, "command|last" as OwnerId, never))

        const after = await table.readRun(run.run)
        expect(after?.arrays.map(({ id, claim }) => ({ id, claim }))).toEqual(
          run.arrays.map(({ name }) => ({ id: `id-of-${name}`, claim: null })),
        )
        expect(queue.made).toEqual(new Map(run.arrays.map(({ name }) => [name, 1])))
        expect(queue.doubled).toEqual([])
      },
    ),
    { numRuns: 400 },
  )
})

class Killed extends Error {}

async function aSubmission() {
  const table = new MemoryRunTable({ retryAfter: 1000 })
  const { run } = aRun()
  const record = aRun({ arrays: contiguousArrays(run, 0, 0, (SLICES - 1) * 10_000 + 1) })
  await table.createRun(record)
  return { table, queue: new CountingQueue(), run: record }
}

/** A queue that adopts by name only what it finished making: two callers at once of one name would get two arrays. */
class CountingQueue {
  readonly made = new Map<string, number>()
  readonly doubled: string[] = []
  readonly #asking = new Map<string, string>()

  async submit(
    array: ArrayRecord,
    by: string,
    gone: (by: string) => boolean,
    pass: () => Promise<void>,
  ): Promise<string> {
    const other = this.#asking.get(array.name)
    if (other !== undefined && other !== by && !gone(other)) this.doubled.push(array.name)
    this.#asking.set(array.name, by)
    await pass()
    if (!this.made.has(array.name)) this.made.set(array.name, 1)
    this.#asking.delete(array.name)
    return `id-of-${array.name}`
  }
}

interface Shared {
  readonly table: MemoryRunTable
  readonly queue: CountingQueue
  readonly isGone: (by: string) => boolean
}

/** The ports as one process sees them: every call takes its turn, and the process may die at any. */
function mortal(
  shared: Shared,
  me: string,
  kill: { readonly call: number; readonly isDone: boolean } | null,
  dead: Set<string>,
  scheduler: fc.Scheduler,
): QueuePorts {
  let calls = 0
  const die = () => {
    dead.add(me)
    throw new Killed()
  }
  async function call<Result>(name: string, effect: () => Promise<Result>): Promise<Result> {
    const mine = calls++
    await scheduler.schedule(Promise.resolve(), `${me} ${name}`)
    if (kill?.call === mine && !kill.isDone) die()
    const result = await effect()
    if (kill?.call === mine) die()
    await scheduler.schedule(Promise.resolve(), `${me} ${name} answered`)
    return result
  }
  const { table, queue } = shared
  return {
    table: {
      readRun: (run: RunRecord["run"]) => call("readRun", () => table.readRun(run)),
      amendRun: (next: RunRecord) => call("amendRun", () => table.amendRun(next)),
    } as MemoryRunTable,
    queue: {
      submit: (_: RunRecord, array: ArrayRecord) =>
        call("submit", () =>
          queue.submit(
            array,
            me,
            (by) => dead.has(by),
            () => scheduler.schedule(Promise.resolve(), `${me} asks`),
          ),
        ),
      isGone: (by: OwnerId) => call("isGone", async () => shared.isGone(by)),
    } as unknown as ArrayQueue,
    timing: LOCAL_TIMING,
    world: aWorld({ clock: clockOf(scheduler, me) }),
  }
}

/** One clock for all, that moves on when a sleeper's turn comes. */
let now = 0
function clockOf(scheduler: fc.Scheduler, me: string) {
  return {
    now: () => now,
    async sleep(until: number) {
      await scheduler.schedule(Promise.resolve(), `${me} sleeps`)
      now = Math.max(now, Math.min(until, now + LOCAL_TIMING.poll))
    },
  }
}
