import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { ArrayQueue, Child, ChildState } from "../../../src/ports/array-queue.ts"
import { anArray, aRun } from "../../builders.ts"

/** What an attempt of a child does: exit with a code, die without one, or hang until it is told to end (then 75). */
export type Step = number | "killed" | "hang"

/** What a worker saw in its environment. */
export interface Started {
  readonly run: string
  readonly job: string
  readonly attempt: string
  /** "none": not set. */
  readonly arrayIndex: string
  readonly rowIndex: string
  readonly rowOffset: string
  readonly rowList: string
}

export interface QueueUnderTest {
  readonly queue: ArrayQueue
  /** Steps of a child's attempts, in order; a step that is missing exits 0. Before `submit`. */
  script(child: number, ...steps: readonly Step[]): Promise<void>
  /** Every attempt that was started so far, in order. */
  started(): Promise<readonly Started[]>
  close(): Promise<void>
}

const ARRAY = "rg-20261120142233-digits-k3f9-0"
/** Real processes start and end meanwhile; a claim that does not come true fails here and not by the test's own limit. */
const SOON = { timeout: 10_000, interval: 20 }

export function arrayQueueContract(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`array queue: ${name}`, () => {
    let it: QueueUnderTest
    const submit = (difference: Parameters<typeof anArray>[0] = {}) => it.queue.submit(aRun(), anArray(difference))
    const standing = (queued: number, running: number, succeeded: number, failed: number) =>
      expect
        .poll(async () => (await it.queue.counts([ARRAY])).get(ARRAY), SOON)
        .toEqual({ queued, running, succeeded, failed })

    beforeEach(async () => {
      it = await open()
    })
    afterEach(() => it.close())

    test("every child of an array is started once, with its own index and job id", async () => {
      expect(await submit({ first: 40 })).toBe(ARRAY)
      await standing(0, 0, 3, 0)
      const started = await it.started()
      expect([...started].sort((a, b) => a.job.localeCompare(b.job))).toEqual(
        ["0", "1", "2"].map((index) => ({
          run: "rg-20261120142233-digits-k3f9",
          job: `${ARRAY}:${index}`,
          attempt: "1",
          arrayIndex: index,
          rowIndex: "none",
          rowOffset: "40",
          rowList: "none",
        })),
      )
    })

    test("an array of size 1 is a plain job: no array index, and the row named as such", async () => {
      await submit({ size: 1, first: 7 })
      await standing(0, 0, 1, 0)
      const [only, ...others] = await it.started()
      expect(others).toEqual([])
      expect(only).toMatchObject({ job: ARRAY, arrayIndex: "none", rowIndex: "7", rowOffset: "none" })
      expect(await it.queue.child(ARRAY)).toMatchObject({ job: ARRAY, index: 0, state: "succeeded" })
      expect(await it.queue.child(`${ARRAY}:0`)).toBeNull()
    })

    test("a row list is handed on as it is", async () => {
      const first = { uri: "file:///store/a.rows", region: "us-east-1", etag: "x", bytes: 12 } as never
      await submit({ first })
      await standing(0, 0, 3, 0)
      for (const one of await it.started()) {
        expect(JSON.parse(one.rowList)).toEqual(first)
        expect(one.rowOffset).toBe("none")
      }
    })

    test("an array of the same name is adopted, whether it runs or is over", async () => {
      await submit()
      await submit()
      await standing(0, 0, 3, 0)
      expect(await submit()).toBe(ARRAY)
      await it.queue.revive(aRun(), anArray())
      await standing(0, 0, 3, 0)
      expect(await it.started()).toHaveLength(3)
    })

    test.each([64, 65, 70])("exit code %i ends a child", async (code) => {
      await it.script(1, code)
      await submit()
      await standing(0, 0, 2, 1)
      expect(await it.started()).toHaveLength(3)
      expect(await it.queue.child(`${ARRAY}:1`)).toEqual({
        job: `${ARRAY}:1`,
        index: 1,
        state: "failed",
        byPerson: false,
        reason: expect.stringContaining(String(code)),
      })
    })

    test("any other code, and none, is tried again under a higher attempt", async () => {
      await it.script(0, 75, "killed", 1, 137)
      await submit()
      await standing(0, 0, 3, 0)
      const attempts = (await it.started()).filter(({ job }) => job === `${ARRAY}:0`).map(({ attempt }) => attempt)
      expect(attempts).toEqual(["1", "2", "3", "4", "5"])
    })

    test("the tenth attempt is the last", async () => {
      await it.script(2, ...Array.from({ length: 12 }, () => 75))
      await submit()
      await standing(0, 0, 2, 1)
      expect((await it.started()).filter(({ job }) => job === `${ARRAY}:2`)).toHaveLength(10)
    })

    test("children are listed by state, in order of index", async () => {
      await it.script(1, 70)
      await submit({ size: 12 })
      await standing(0, 0, 11, 1)
      expect((await listed("failed")).map(({ index }) => index)).toEqual([1])
      expect((await listed("succeeded")).map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
      expect(await listed("running")).toEqual([])
    })

    test("ended by a person: what runs is told, nothing more starts, and all of it says so", async () => {
      await it.script(0, "hang")
      await it.script(1, "hang")
      await submit({ size: 5 })
      await standing(3, 2, 0, 0)
      await expect.poll(async () => (await it.started()).length, SOON).toBe(2)
      await it.queue.end(ARRAY, "stopped by ada")
      expect(await it.queue.child(`${ARRAY}:0`)).toMatchObject({ byPerson: true, reason: "stopped by ada" })
      await standing(0, 0, 0, 5)
      for (const child of await listed("failed")) {
        expect(child).toMatchObject({ byPerson: true, reason: "stopped by ada" })
      }
      expect(await it.started()).toHaveLength(2)
    })

    test("ending is repeated without harm, and an array that is over stays as it was", async () => {
      await it.script(0, 70)
      await submit()
      await standing(0, 0, 2, 1)
      await it.queue.end(ARRAY, "late")
      await it.queue.end(ARRAY, "later")
      expect(await it.queue.child(`${ARRAY}:0`)).toMatchObject({ state: "failed", byPerson: false })
      await it.queue.end("unknown", "never was")
    })

    test("what the queue never had is unknown to it", async () => {
      await submit()
      await standing(0, 0, 3, 0)
      expect((await it.queue.counts(["unknown", ARRAY])).has("unknown")).toBe(false)
      expect(await it.queue.child("unknown:0")).toBeNull()
      expect(await it.queue.child(`${ARRAY}:3`)).toBeNull()
      expect(await it.queue.child(`${ARRAY}:0:1`)).toBeNull()
      expect(await listed("failed", "unknown")).toEqual([])
    })

    async function listed(state: ChildState, array = ARRAY): Promise<readonly Child[]> {
      const children: Child[] = []
      for await (const child of it.queue.children(array, state)) children.push(child)
      return children
    }
  })
}
