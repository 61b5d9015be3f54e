import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Action, Observation } from "../../src/core/decision/action.ts"
import { decide } from "../../src/core/decision/decide.ts"
import type { Policy } from "../../src/core/decision/policy.ts"
import {
  type Attempt,
  isFinal,
  liveAttempt,
  pendingRow,
  type RowRecord,
  type RowStatus,
} from "../../src/core/decision/row.ts"
import type { Instant, JobName, OwnerId } from "../../src/core/ids.ts"
import { placeKey } from "../../src/core/job/place.ts"
import { aJobEnd, aPlace, aPolicy, aRow, aTrainingJob } from "../builders.ts"

const START: Instant = Date.UTC(2026, 10, 20)
const ME = aPolicy().me
const OTHERS = ["child|array:1|1|there.2.2.2" as OwnerId, "follower|there.3.3.3" as OwnerId] as const

/** The status diagram, written a second time. */
const MOVES: Readonly<Record<RowStatus, readonly RowStatus[]>> = {
  pending: ["waiting", "launching", "stopped", "failed"],
  waiting: ["waiting", "launching", "stopped", "failed"],
  launching: ["launching", "running", "stopping", "waiting", "completed", "failed", "stopped"],
  running: ["running", "stopping", "waiting", "completed", "failed", "stopped"],
  stopping: ["stopping", "completed", "failed", "stopped"],
  completed: [],
  failed: ["waiting"],
  stopped: ["waiting"],
}

/** A moment around the one at which it is decided: before, between and after everything that a claim measures. */
const moment = fc.integer({ min: -20, max: 20 }).map((minutes) => START + minutes * 60_000)
const aboutJob = fc.record({
  phase: fc.constantFrom("starting", "downloading", "training", "uploading", "stopping", "unknown"),
  at: moment,
  end: fc.option(
    fc.record({
      status: fc.constantFrom("completed", "failed", "stopped"),
      cause: fc.constantFrom(
        "done",
        "algorithm",
        "client",
        "capacity",
        "service",
        "maxRuntime",
        "maxWait",
        "person",
        "unknown",
      ),
      startedAt: fc.option(moment),
    }),
  ),
})

/** Anything that may be seen; a job is the one of the row's attempt, or one of another name. */
const sight = fc.oneof(
  fc
    .constantFrom<Observation["kind"]>("nothing", "silent", "asked", "unanswered")
    .map((kind) => () => ({ kind }) as Observation),
  fc.tuple(aboutJob, fc.boolean()).map(([about, isOther]) => (row: RowRecord): Observation => {
    const jobName = isOther
      ? ("rg-other-r0-a1" as JobName)
      : (liveAttempt(row.state)?.jobName ?? aTrainingJob().jobName)
    const end = about.end === null ? null : aJobEnd(about.end)
    return { kind: "job", job: aTrainingJob({ ...about, jobName, end }) }
  }),
  fc.constant((): Observation => ({ kind: "foreign", detail: "" })),
  moment.map((at) => (): Observation => ({ kind: "absent", at })),
  fc.tuple(moment, fc.constantFrom("quota", "capacity", "throttled", "invalid", "denied"), fc.boolean()).map(
    ([at, code, hopeless]) =>
      (): Observation => ({ kind: "refused", at, code, hopeless, reason: code }),
  ),
  fc.tuple(moment, fc.constantFrom("limit", "budget"), fc.boolean()).map(
    ([until, by, isSpent]) =>
      (): Observation => ({ kind: "turnedAway", by, hopeless: by === "budget" && isSpent, until, detail: by }),
  ),
  fc.boolean().map((byPerson) => (): Observation => ({ kind: "childEnded", byPerson, reason: "ended" })),
)

const policy: fc.Arbitrary<Policy> = fc
  .record({
    places: fc.integer({ min: 1, max: 3 }),
    stop: fc.boolean(),
    holds: fc.boolean(),
    mayLaunch: fc.boolean(),
    mayTake: fc.boolean(),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    maxWaiting: fc.constantFrom(0, 60_000, 600_000, 604_800_000),
    retries: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ places, mayTake, ...rest }) => {
    const [first, ...others] = ["us-east-1", "eu-west-1", "us-west-2"]
      .slice(0, places)
      .map((region) => aPlace({ region }))
    const all: Policy["places"] = [first ?? aPlace(), ...others]
    return aPolicy({ ...rest, places: all, usd: all.map(() => 1), mayTake: () => mayTake })
  })

const attempt: fc.Arbitrary<Attempt> = fc
  .record({ by: fc.constantFrom(ME, ...OTHERS), claimedAt: moment, settledAt: fc.option(moment), waitingSince: moment })
  .map(({ by, claimedAt, settledAt, waitingSince }) => ({
    number: 1,
    jobName: aTrainingJob().jobName,
    held: { place: aPlace(), usd: 1 },
    claimedBy: by,
    claimedAt,
    sendBy: claimedAt + 60_000,
    settledAt,
    waitingSince,
  }))

const row: fc.Arbitrary<RowRecord> = fc
  .record({
    attempt,
    kind: fc.constantFrom<RowStatus>(
      "pending",
      "waiting",
      "launching",
      "running",
      "stopping",
      "completed",
      "failed",
      "stopped",
    ),
    reason: fc.constantFrom("limit", "quota", "capacity", "retry", "budget"),
    until: moment,
    owner: fc.constantFrom(null, ME, ...OTHERS),
    counted: fc.integer({ min: 0, max: 3 }),
    granted: fc.integer({ min: 1, max: 3 }),
    placeIndex: fc.integer({ min: 0, max: 2 }),
    closedPlaces: fc.subarray([0, 1, 2]),
    retries: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ kind, attempt, reason, until, owner, ...rest }) => {
    if (kind === "pending") return pendingRow(aRow().run, 0)
    if (isFinal(kind)) return aRow({ ...rest, owner: null, state: { status: kind, reason: "" } })
    if (kind === "waiting")
      return aRow({ ...rest, owner, state: { status: kind, reason, detail: "", until, since: until - 600_000 } })
    if (kind === "running")
      return aRow({ ...rest, owner, state: { status: kind, attempt, phase: "training", raw: "" } })
    return aRow({ ...rest, owner, state: { status: kind === "launching" ? kind : "stopping", attempt } })
  })

describe("one decision", () => {
  test("is always made, and a write keeps the rules of the record", () => {
    fc.assert(
      fc.property(row, sight, policy, (row, see, policy) => {
        const action = decide(row, see(row), policy, START)
        if (action.do !== "commit") return
        const { next, take, give, ended } = action.change
        expect(next.version).toBe(row.version + 1)
        expect(MOVES[row.state.status]).toContain(next.state.status)
        if (isFinal(next.state.status)) expect(next.owner).toBeNull()
        const [before, after] = [liveAttempt(row.state), liveAttempt(next.state)]
        expect(take).toEqual(before === null && after !== null ? after.held : null)
        expect(give).toEqual(before !== null && after === null ? before.held : null)
        if (ended !== null) expect(ended.attempt).toEqual(before)
        expect(next.counted - row.counted).toBe(ended?.counted === true ? 1 : 0)
      }),
      { numRuns: 3000 },
    )
  })

  test("settled-before-moving: an attempt is left without its end only by an observation made after every send is settled", () => {
    fc.assert(
      fc.property(row, sight, policy, (row, see, policy) => {
        const seen = see(row)
        const action = decide(row, seen, policy, START)
        const before = liveAttempt(row.state)
        if (action.do !== "commit" || before === null || liveAttempt(action.change.next.state) !== null) return
        if (seen.kind === "job" && seen.job.jobName === before.jobName) {
          expect(seen.job.end).not.toBeNull()
          return
        }
        const at = seen.kind === "absent" || seen.kind === "refused" ? seen.at : START
        const last =
          before.claimedBy === ME
            ? before.settledAt
            : Math.max(before.settledAt ?? 0, before.sendBy + policy.timing.settle)
        if (last !== null) expect(at).toBeGreaterThan(last)
      }),
      { numRuns: 5000 },
    )
  })

  test("final-is-final: only an order of retry that was not obeyed yet changes a final row, and never a completed one", () => {
    fc.assert(
      fc.property(row, sight, policy, (row, see, policy) => {
        fc.pre(isFinal(row.state.status))
        const action = decide(row, see(row), policy, START)
        const mayLeave = row.state.status !== "completed" && !policy.stop && row.retries < policy.retries
        expect(action.do).toBe(mayLeave ? "commit" : "finish")
      }),
    )
  })

  test("nothing is decided about a living owner's row", () => {
    fc.assert(
      fc.property(row, sight, policy, (row, see, policy) => {
        fc.pre(row.owner !== null && row.owner !== ME && !isFinal(row.state.status))
        const action = decide(row, see(row), { ...policy, mayTake: () => false }, START)
        expect(action).toEqual({ do: "leave", to: row.owner })
      }),
    )
  })

  test("who may not launch neither claims nor creates, and launch-meets-stop: nobody does under a stop order", () => {
    fc.assert(
      fc.property(row, sight, policy, (row, see, policy) => {
        fc.pre(policy.stop || !policy.mayLaunch)
        const action = decide(row, see(row), policy, START)
        expect(action.do).not.toBe("create")
        const claimed = action.do === "commit" ? liveAttempt(action.change.next.state) : null
        if (claimed !== null) expect(claimed.sendBy).toBe(liveAttempt(row.state)?.sendBy)
      }),
      { numRuns: 3000 },
    )
  })
})

/** What the outside answers to an action, chosen by chance; a job that ended stays ended. */
function answer(action: Action, row: RowRecord, see: (row: RowRecord) => Observation, at: Instant): Observation {
  if (action.do === "stop") return { kind: "asked" }
  if (action.do === "commit") return { kind: "nothing" }
  const seen = see(row)
  // A service answers about the name that it was asked for.
  const isJob = seen.kind === "job" && seen.job.jobName === liveAttempt(row.state)?.jobName
  const isAnswer = isJob || seen.kind === "foreign" || seen.kind === "absent"
  const toCreate = seen.kind === "refused" || seen.kind === "unanswered"
  if (action.do === "create") return isAnswer || toCreate ? timed(seen, at) : { kind: "unanswered" }
  return isAnswer ? timed(seen, at) : { kind: "silent" }
}

function timed(seen: Observation, at: Instant): Observation {
  return "at" in seen ? { ...seen, at } : seen
}

describe("a loop of decisions", () => {
  const script = fc.array(sight, { minLength: 200, maxLength: 200 })
  const launcher = policy.map((policy) => ({ ...policy, holds: true, mayLaunch: true }))

  test("comes to rest while time stands still, and never does the same for one row and observation", () => {
    fc.assert(
      fc.property(row, launcher, script, (from, policy, script) => {
        let [row, seen]: [RowRecord, Observation] = [from, { kind: "nothing" }]
        const done = new Set<string>()
        for (const see of script) {
          const action = decide(row, seen, policy, START)
          if (action.do === "pause" || action.do === "leave" || action.do === "finish") return
          const key = `${row.version} ${JSON.stringify(seen)} ${JSON.stringify(action)}`
          expect(done).not.toContain(key)
          done.add(key)
          if (action.do === "commit") row = action.change.next
          seen = answer(action, row, see, START)
        }
        throw new Error("200 actions without a pause")
      }),
      { numRuns: 500 },
    )
  })

  test("never begins more attempts that count than it was granted, nor one name in two places", () => {
    fc.assert(
      fc.property(launcher, script, (policy, script) => {
        const places = new Map<string, string>()
        let [row, seen, now]: [RowRecord, Observation, Instant] = [
          pendingRow(aRow().run, 0),
          { kind: "nothing" },
          START,
        ]
        for (const see of script) {
          const action = decide(row, seen, policy, now)
          if (action.do === "leave" || action.do === "finish") break
          if (action.do === "pause") {
            now = action.until
            seen = { kind: "nothing" }
            continue
          }
          if (action.do === "commit") row = action.change.next
          const attempt = action.do === "create" ? action.attempt : null
          if (attempt !== null) {
            const key = placeKey(attempt.held.place)
            expect(places.get(attempt.jobName) ?? key).toBe(key)
            places.set(attempt.jobName, key)
            expect(row.counted).toBeLessThan(row.granted)
          }
          seen = answer(action, row, see, now)
        }
        expect(row.counted).toBeLessThanOrEqual(Math.max(row.granted, policy.maxAttempts))
      }),
      { numRuns: 500 },
    )
  })

  test("it-ends: where the service answers, every row reaches its end", () => {
    fc.assert(
      fc.property(row, launcher, (from, policy) => {
        let [row, seen, now]: [RowRecord, Observation, Instant] = [from, { kind: "nothing" }, START]
        const benign = { ...policy, mayTake: () => true }
        for (let step = 0; step < 400; step++) {
          const action = decide(row, seen, benign, now)
          if (action.do === "finish") return
          if (action.do === "commit") row = action.change.next
          const jobName = liveAttempt(row.state)?.jobName ?? aTrainingJob().jobName
          const isOver = row.state.status === "running" || row.state.status === "stopping"
          seen = { kind: "nothing" }
          if (action.do === "create" || action.do === "describe")
            seen = { kind: "job", job: aTrainingJob({ jobName, end: isOver ? aJobEnd() : null }) }
          if (action.do === "stop") seen = { kind: "asked" }
          now = action.do === "pause" ? action.until : now + 1
        }
        throw new Error(`still ${JSON.stringify(row.state)}`)
      }),
      { numRuns: 500 },
    )
  })
})
