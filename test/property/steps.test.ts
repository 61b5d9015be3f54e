import fc from "fast-check"
import { expect, test } from "vitest"
import { decideStep } from "../../src/core/after/decide-step.ts"
import type { StepSight } from "../../src/core/after/step-case.ts"
import { isStepEnded, type StepState } from "../../src/core/after/step-state.ts"
import { AWS_TIMING } from "../../src/core/decision/policy.ts"
import type { ErrorCode } from "../../src/core/errors.ts"
import type { Instant, OwnerId } from "../../src/core/ids.ts"
import { aStepTarget, NOW } from "../steps.ts"

const ACTORS = ["follower|a.1.1.1", "follower|b.2.2.2", "follower|c.3.3.3"] as OwnerId[]

/** One move of somebody: who, how long after the move before, and what befalls its call. */
const move = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  afterMs: fc.constantFrom(0, 1, 1_000, 30_000, 200_000, 400_000),
  /** The process dies and comes back as another; of its calls only the effect stays. */
  dies: fc.boolean(),
  fault: fc.option(fc.constantFrom<ErrorCode>("unavailable", "refused", "denied"), { freq: 4 }),
  fails: fc.boolean(),
})

/** A service that keeps one transform for each name, as SageMaker does. */
class World {
  state: StepState | null = null
  version = 0
  readonly transforms = new Map<string, "completed" | "failed">()
  begun = 0
}

interface Actor {
  me: OwnerId
  read: StepState | null
  version: number
  seen: StepSight
}

test("at most one claim holds at a time, a try begins one transform, and a step ends once somebody carries it", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const world = new World()
      let [now, lives]: [Instant, number] = [NOW, 0]
      const actors = ACTORS.map((me): Actor => ({ me, read: null, version: 0, seen: { kind: "nothing" } }))
      const makers = new Map<OwnerId, Instant>()
      for (const { who, afterMs, dies, fault, fails } of moves) {
        now += afterMs
        const actor = actors[who]
        if (actor === undefined) continue
        if (dies) {
          makers.delete(actor.me)
          lives += 1
          Object.assign(actor, { me: `follower|${lives}.${who}`, read: world.state, version: world.version })
          actor.seen = { kind: "nothing" }
        }
        turn(world, actor, now, fault, fails, makers)
      }
      expect(world.begun).toBeLessThanOrEqual(world.state?.granted ?? 0)
      // The faults are over: one who stays brings it to its end.
      const last: Actor = {
        me: "follower|last" as OwnerId,
        read: world.state,
        version: world.version,
        seen: { kind: "nothing" },
      }
      let turns = 0
      while (world.state === null || !isStepEnded(world.state.status)) {
        now += AWS_TIMING.lease
        for (let i = 0; i < 6; i++) turn(world, last, now, null, false, makers)
        turns += 1
        expect(turns).toBeLessThan(500)
      }
      expect(world.transforms.size).toBe(world.begun)
    }),
    { numRuns: 500 },
  )
})

function turn(
  world: World,
  actor: Actor,
  now: Instant,
  fault: ErrorCode | null,
  fails: boolean,
  makers: Map<OwnerId, Instant>,
): void {
  const action = decideStep({
    ...{ target: aStepTarget(), state: actor.read, seen: actor.seen, me: actor.me, now, timing: AWS_TIMING },
    ...{ orders: { isStopped: false, retriedAt: null }, mayTake: () => false },
  })
  actor.seen = { kind: "nothing" }
  switch (action.do) {
    case "write":
      makers.delete(actor.me)
      // The conditional write of the table: who read an older version loses, and reads anew.
      if (world.version === actor.version) {
        world.state = action.next
        world.version += 1
      }
      actor.read = world.state
      actor.version = world.version
      return
    case "make": {
      const { claim } = actor.read ?? {}
      const others = [...makers].filter(([by, until]) => by !== actor.me && until > now)
      expect(others).toEqual([])
      makers.set(actor.me, claim?.until ?? 0)
      const name = `t${action.attempt}`
      if (!world.transforms.has(name)) {
        world.transforms.set(name, fails ? "failed" : "completed")
        world.begun += 1
      }
      const transform = { name, output: "s3://out/" }
      actor.seen =
        fault === null
          ? { kind: "made", region: "us-east-1", model: "m", transform }
          : { kind: "trouble", code: fault, message: "trouble" }
      return
    }
    case "look": {
      const status = world.transforms.get(action.transform) ?? "failed"
      actor.seen =
        fault === null
          ? { kind: "seen", state: { status, raw: status, reason: "" } }
          : { kind: "trouble", code: fault, message: "trouble" }
      return
    }
    case "pause":
      actor.read = world.state
      actor.version = world.version
      return
    case "stop":
    case "serve":
    case "lookAtEndpoint":
    case "leaveEndpoint":
    case "finish":
      return
    default:
      action satisfies never
  }
}
