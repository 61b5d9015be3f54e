import { beforeEach, describe, expect, test } from "vitest"
import { readSteps, type StepPorts } from "../../../../src/app/carry-steps.ts"
import { type FollowOptions, followRuns } from "../../../../src/app/follow-run.ts"
import { followerSeat } from "../../../../src/app/follower-seat.ts"
import { openSteps, retrySteps, stopSteps } from "../../../../src/app/order-steps.ts"
import { hasFollower, replaceFollower, startFollower } from "../../../../src/app/start-follower.ts"
import type { AfterStep } from "../../../../src/core/after/after-step.ts"
import { ownerId } from "../../../../src/core/decision/owner.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { planTransform } from "../../../../src/core/job/transform-plan.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { sha256 } from "../../../builders.ts"
import { aModelPlan, aModelStep, aTransformStep, ToldModels } from "../../../steps.ts"
import { ALWAYS, FOLLOWER, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

const SECOND = ownerId({ kind: "follower", process: "here.1.5.5" })

describe("steps after a run", () => {
  let bed: LoopBed
  let models: ToldModels

  async function open(after: readonly AfterStep[]): Promise<void> {
    bed = await LoopBed.open({ after })
    models = new ToldModels(() => bed.clock.now())
    // Rows 0 and 1 train; the others completed elsewhere, and left nothing to make a model of.
    for (let index = 0; index < 10; index++) {
      const waiting = { status: "waiting", reason: "quota", detail: "", until: START, since: START } as const
      await bed.put(index, { owner: null, state: index < 2 ? waiting : { status: "completed", reason: "" } })
    }
  }

  beforeEach(() => open([aModelStep(), aTransformStep()]))

  const steps = (): Pick<StepPorts, "models" | "planOf"> => ({
    models,
    async planOf(_run, { job, step }, attempt) {
      const model = aModelPlan({ name: job })
      if (step.transform === null) return { model, transform: null }
      const { output, ...settings } = step.transform
      const place = { given: output, root: "s3://out" }
      const transform = planTransform(model, settings, place, (text) => {
        const digest = sha256()
        digest.update(`${attempt}${text}`)
        return digest.hex()
      })
      return { model, transform }
    },
  })

  function follow(me: OwnerId = FOLLOWER, signal = ALWAYS) {
    const options: FollowOptions = { prefix: "rg", untilEnded: true, steps: steps() }
    return followRuns(bed.ports, [bed.run.run], me, options, signal)
  }

  async function statuses() {
    const tasks = await readSteps(bed.table, bed.run)
    return Object.fromEntries([...tasks.values()].map(({ state }) => [`${state.step} ${state.index}`, state.status]))
  }

  test("begin when the rows have ended, are done once each, and the follower stays for them", async () => {
    expect(await bed.until(follow())).toEqual({ ended: [bed.run.run], active: [] })
    const done = "completed"
    expect(await statuses()).toEqual({ "model 0": done, "model 1": done, "transform 0": done, "transform 1": done })
    expect(new Set(models.models.keys())).toEqual(new Set([0, 1].map((index) => jobName(bed.run.run, index, 1))))
    expect(models.named("transform")).toHaveLength(2)
    expect(await bed.table.counts(bed.run.run)).toMatchObject({ completed: 10 })
  })

  test("for the best row alone when that is wanted; rows without the metric are none", async () => {
    await open([aModelStep({ rows: { best: "accuracy", direction: "max" } })])
    bed.training.metrics.set(0, { accuracy: 0.7 })
    bed.training.metrics.set(1, { accuracy: 0.9 })
    await bed.until(follow())
    expect(await statuses()).toEqual({ "model 1": "completed" })
  })

  test("a failed transform is tried again under another name, and then has failed", async () => {
    models.ends.push("failed", "failed", "failed", "completed")
    await bed.until(follow())
    const begun = models.named("transform")
    expect(new Set(begun).size).toBe(begun.length)
    expect(Object.values(await statuses()).toSorted()).toEqual(["completed", "completed", "completed", "failed"])
    expect(begun).toHaveLength(4)
  })

  test("an outage is waited out; what can never be is told at once", async () => {
    models.faults.push(new RegattaError("unavailable", "dark"), new RegattaError("invalid", "no such image"))
    await bed.until(follow())
    const failed = Object.entries(await statuses()).filter(([, status]) => status === "failed")
    expect(failed).toHaveLength(1)
  })

  test("a follower that is killed in the middle is replaced, and nothing is begun twice", async () => {
    const killed = new AbortController()
    const { writeTask } = bed.table
    let writes = 0
    bed.table.writeTask = async (next) => {
      writes += 1
      if (killed.signal.aborted) return new Promise(() => {})
      return writeTask.call(bed.table, next)
    }
    const first = follow(FOLLOWER, killed.signal)
    // It dies between the beginning of a transform and the write that tells of it.
    const { startTransform } = models
    models.startTransform = async (plan) => {
      const begun = await startTransform.call(models, plan)
      killed.abort("SIGKILL")
      return begun
    }
    void first.catch(() => {})
    await bed.clock.run(
      () => new Promise((resolve) => void setImmediate(resolve)),
      () => killed.signal.aborted,
    )
    bed.table.writeTask = writeTask.bind(bed.table)
    models.startTransform = startTransform.bind(models)
    expect(await replaceFollower(bed.ports, bed.run)).toBe(false)
    bed.queue.gone.add(FOLLOWER)
    expect(await replaceFollower(bed.ports, bed.run)).toBe(true)
    const before = writes
    await bed.until(follow(SECOND))
    expect(before).toBeGreaterThan(0)
    expect(models.transforms.size).toBe(2)
    expect(Object.values(await statuses())).toEqual(Array(4).fill("completed"))
  })

  test("are stopped with the run, also when its rows have ended", async () => {
    models.takesMs = 1000 * MINUTE
    const following = follow()
    bed.after(30 * MINUTE, async () => {
      expect(await openSteps(bed.table, bed.run)).toBe(2)
      await stopSteps({ ...bed.ports, ...steps() }, bed.run.run, PERSON, "ada", ALWAYS)
    })
    await bed.until(following)
    expect(models.named("stop").length).toBeGreaterThan(0)
    const ended = { "model 0": "completed", "model 1": "completed", "transform 0": "stopped", "transform 1": "stopped" }
    expect(await statuses()).toEqual(ended)
  })

  test("that failed are tried anew when a person orders it, and only then", async () => {
    models.ends.push("failed", "failed", "failed", "failed")
    await bed.until(follow())
    expect(Object.values(await statuses()).filter((status) => status === "failed")).toHaveLength(2)
    await bed.until(follow(SECOND))
    expect(models.transforms.size).toBe(4)
    await retrySteps(bed.ports, bed.run.run)
    await bed.until(follow(SECOND))
    expect(models.transforms.size).toBe(6)
    expect(Object.values(await statuses())).toEqual(Array(4).fill("completed"))
  })

  test("a follower that is through leaves its seat, so that the next one is started at once", async () => {
    const started: string[] = []
    bed.queue.follow = async () => void started.push("follow")
    expect(await replaceFollower(bed.ports, bed.run)).toBe(false)
    expect(await startFollower(bed.ports, bed.run)).toBe(true)
    await bed.until(follow())
    expect(await bed.table.readSeat(followerSeat(bed.run.run))).toMatchObject({ holder: FOLLOWER, at: 0 })
    expect(await hasFollower(bed.ports, bed.run)).toBe(false)
    expect(await replaceFollower(bed.ports, bed.run)).toBe(false)
    expect(await startFollower(bed.ports, bed.run)).toBe(true)
    expect(started).toHaveLength(2)
  })
})
