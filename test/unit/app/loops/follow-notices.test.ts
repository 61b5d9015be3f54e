import { beforeEach, describe, expect, test } from "vitest"
import { type FollowOptions, followRuns } from "../../../../src/app/follow-run.ts"
import { ownerId } from "../../../../src/core/decision/owner.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import type { Notice, NoticeState, NotifySettings } from "../../../../src/core/notice/notice.ts"
import type { NoticeChannels } from "../../../../src/ports/notice-channel.ts"
import { ALWAYS, FOLLOWER, LoopBed, MINUTE, START } from "./bed.ts"

const SECOND = ownerId({ kind: "follower", process: "here.1.5.5" })
const NOTIFY: NotifySettings = {
  webhook: { url: "https://hooks.example.com/x", urlEnv: null, secretEnv: "S", secretFile: null },
  sns: { topic: "arn:aws:sns:us-east-1:123456789012:runs" },
  on: ["ended", "budget", "first-failure"],
}

describe("notices of a run", () => {
  let bed: LoopBed
  let told: string[]
  /** What the webhook does with a notice. */
  let hook: (notice: Notice) => Promise<void>

  beforeEach(async () => {
    told = []
    hook = async ({ event }) => void told.push(`webhook ${event}`)
    await open()
  })

  async function open(difference = {}): Promise<void> {
    bed = await LoopBed.open({ notify: NOTIFY, ...difference })
    for (let index = 0; index < 10; index++) {
      const waiting = { status: "waiting", reason: "quota", detail: "", until: START, since: START } as const
      await bed.put(index, { owner: null, state: index < 3 ? waiting : { status: "completed", reason: "" } })
    }
  }

  const channels: NoticeChannels = {
    webhook: { send: (_target, notice) => hook(notice) },
    sns: { send: async (_target, { event }) => void told.push(`sns ${event}`) },
  }

  function follow(me: OwnerId = FOLLOWER, signal = ALWAYS) {
    const options: FollowOptions = { prefix: "rg", untilEnded: true, notices: channels }
    return followRuns(bed.ports, [bed.run.run], me, options, signal)
  }

  async function states(): Promise<readonly NoticeState[]> {
    const tasks = await Array.fromAsync(bed.table.tasks(bed.run.run))
    return tasks.map(({ state }) => state as NoticeState)
  }

  test("its end is told by every channel, once, and recorded", async () => {
    await bed.until(follow())
    expect(told.toSorted()).toEqual(["sns ended", "webhook ended"])
    expect(await states()).toMatchObject([{ status: "sent", channels: { webhook: "sent", sns: "sent" } }])
    await bed.until(follow(SECOND))
    expect(told).toHaveLength(2)
  })

  test("the first failure is told when it happens, and no second one", async () => {
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "out of memory" })
    bed.training.ends.set(1, { status: "failed", cause: "algorithm", reason: "out of memory" })
    const bodies: unknown[] = []
    hook = async ({ body }) => void bodies.push(JSON.parse(body))
    await bed.until(follow())
    expect(bodies).toMatchObject([
      { event: "first-failure", row: { reason: expect.stringContaining("out of memory") } },
      { event: "ended", counts: { completed: 8, failed: 2 } },
    ])
  })

  test("a budget that stops rows is told before the end", async () => {
    // Each asks $4 for its hour: whatever the first one costs, there is less left.
    await open({ budgetUsd: 4, prices: { "us-east-1/ml.p3.16xlarge": 4 } })
    const rows: unknown[] = []
    hook = async ({ event, body }) => void rows.push([event, (JSON.parse(body) as { row: unknown }).row])
    await bed.until(follow())
    const row = { index: expect.any(Number), reason: expect.stringMatching(/^budget \$/) }
    expect(rows).toEqual([
      ["first-failure", row],
      ["budget", row],
      ["ended", null],
    ])
  })

  test("a receiver that never answers holds no row up, is given up within a minute, and is recorded", async () => {
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "out of memory" })
    await bed.until(follow())
    const usual = bed.clock.now() - START
    await open()
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "out of memory" })
    hook = () => new Promise(() => {})
    await bed.until(follow())
    const ends = await Promise.all([1, 2].map(async (index) => (await bed.row(index)).updatedAt))
    expect(Math.max(...ends)).toBeLessThanOrEqual(START + usual)
    expect(bed.clock.now() - START).toBeLessThanOrEqual(usual + 2 * MINUTE)
    for (const state of await states())
      expect(state).toMatchObject({ status: "failed", channels: { webhook: "no answer in time", sns: "sent" } })
  })

  test("a receiver in trouble is tried again, and one that refuses is not", async () => {
    const answers = ["unavailable", "unavailable"] as const
    let tries = 0
    hook = async ({ event }) => {
      const code = answers[tries++]
      if (code !== undefined) throw new RegattaError(code, "trouble")
      told.push(`webhook ${event}`)
    }
    await bed.until(follow())
    expect([tries, told]).toEqual([3, expect.arrayContaining(["webhook ended"])])
    tries = 0
    await open()
    hook = async () => {
      tries += 1
      throw new RegattaError("refused", "the webhook at hooks.example.com answered 404")
    }
    await bed.until(follow())
    expect(tries).toBe(1)
    expect(await states()).toMatchObject([{ status: "failed", channels: { webhook: expect.stringContaining("404") } }])
  })

  test("one whose sender was ended on the way is sent by the next follower, under the same id", async () => {
    const leaves = new AbortController()
    const ids: string[] = []
    hook = async ({ id }) => {
      ids.push(id)
      leaves.abort("SIGTERM")
      await new Promise(() => {})
    }
    await bed.until(follow(FOLLOWER, leaves.signal))
    expect(await states()).toMatchObject([{ status: "sending", by: FOLLOWER, tries: 1 }])
    bed.queue.gone.add(FOLLOWER)
    hook = async ({ id }) => void ids.push(id)
    await bed.until(follow(SECOND))
    expect(await states()).toMatchObject([{ status: "sent", by: SECOND, tries: 2 }])
    expect(new Set(ids).size).toBe(1)
    expect(ids).toHaveLength(2)
  })
})
