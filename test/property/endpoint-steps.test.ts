import fc from "fast-check"
import { expect, test } from "vitest"
import { decideStep } from "../../src/core/after/decide-step.ts"
import type { StepSight } from "../../src/core/after/step-case.ts"
import { isStepEnded, type StepState } from "../../src/core/after/step-state.ts"
import { AWS_TIMING } from "../../src/core/decision/policy.ts"
import type { ErrorCode } from "../../src/core/errors.ts"
import type { OwnerId } from "../../src/core/ids.ts"
import { anEndpointStep, aStepTarget, NOW } from "../steps.ts"

const TARGET = aStepTarget({ key: "step/endpoint/j", step: anEndpointStep() })

const move = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  afterMs: fc.constantFrom(0, 1, 1_000, 30_000, 200_000, 400_000),
  dies: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  /** Of its call; `isDone`: the answer alone was lost. */
  fault: fc.option(fc.constantFrom<ErrorCode>("unavailable", "refused", "invalid"), { freq: 3 }),
  isDone: fc.boolean(),
  ends: fc.constantFrom("creating", "inService", "failed"),
  stops: fc.integer({ min: 0, max: 15 }).map((chance) => chance === 0),
})

type Move = typeof move extends fc.Arbitrary<infer M> ? M : never

/** A table with one record, and a service with one endpoint. */
class World {
  state: StepState | null = null
  version = 0
  endpoint: "creating" | "inService" | "failed" | null = null
  isStopped = false
  lives = 0
}

class Actor {
  me: OwnerId
  read: StepState | null = null
  version = 0
  seen: StepSight = { kind: "nothing" }

  constructor(name: string) {
    this.me = `follower|${name}` as OwnerId
  }
}

test("when the step has ended nothing is left that does not serve, whoever died on the way", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120, size: "max" }), (moves) => {
      const world = new World()
      const actors = ["a", "b", "c"].map((name) => new Actor(name))
      let now = NOW
      for (const each of moves) {
        now += each.afterMs
        const actor = actors[each.who]
        if (actor === undefined) continue
        world.isStopped ||= each.stops
        if (each.dies) {
          world.lives += 1
          Object.assign(actor, { me: `follower|${world.lives}.${each.who}`, seen: { kind: "nothing" } })
          Object.assign(actor, { read: world.state, version: world.version })
        }
        if (world.endpoint === "creating") world.endpoint = each.ends
        turn(world, actor, now, each)
      }
      const calm: Move = { who: 0, afterMs: 0, dies: false, fault: null, isDone: true, ends: "failed", stops: false }
      const last = new Actor("last")
      for (let turns = 0; turns < 400 && !isOver(world); turns += 1) {
        now += AWS_TIMING.lease
        if (world.endpoint === "creating" && turns % 3 === 2) world.endpoint = "failed"
        for (let i = 0; i < 6; i++) turn(world, last, now, calm)
      }
      expect(isOver(world)).toBe(true)
      expect(world.endpoint).toBe(world.state?.status === "completed" ? "inService" : null)
    }),
    { numRuns: 500 },
  )
})

/** A run that was stopped before the step was begun leaves it pending. */
function isOver({ state, isStopped }: World): boolean {
  return state === null ? isStopped : isStepEnded(state.status)
}

function turn(world: World, actor: Actor, now: number, { fault, isDone }: Move): void {
  const action = decideStep({
    ...{ target: TARGET, state: actor.read, seen: actor.seen, me: actor.me, now, timing: AWS_TIMING },
    ...{ orders: { isStopped: world.isStopped, retriedAt: null }, mayTake: () => false },
  })
  actor.seen = { kind: "nothing" }
  const answered = (sight: StepSight): void => {
    actor.seen = fault === null ? sight : { kind: "trouble", code: fault, message: "trouble" }
  }
  switch (action.do) {
    case "write":
      if (world.version === actor.version) {
        world.state = action.next
        world.version += 1
      }
      break
    case "make":
      answered({ kind: "made", region: "us-east-1", model: "m", transform: null, endpoint: "e" })
      return
    case "serve":
      if (fault === null || (fault === "unavailable" && isDone)) world.endpoint ??= "creating"
      answered({ kind: "asked" })
      return
    case "lookAtEndpoint": {
      const { endpoint } = world
      const state = endpoint === null ? null : { status: endpoint, raw: endpoint, reason: "" }
      answered({ kind: "served", state })
      return
    }
    case "leaveEndpoint":
      // What is being made cannot be deleted.
      if (world.endpoint !== "creating" && (fault === null || isDone)) world.endpoint = null
      answered({ kind: "left", isGone: world.endpoint === null })
      return
    default:
  }
  actor.read = world.state
  actor.version = world.version
}
