import { beforeEach, describe, expect, test } from "vitest"
import { CloudWatchJobLogs } from "../../../../src/adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts"
import type { Observation } from "../../../../src/core/decision/action.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { isRegattaError } from "../../../../src/core/errors.ts"
import type { Clock } from "../../../../src/ports/world.ts"
import { aJobEnd, anAttempt, aPlace, aRun, aTrainingJob } from "../../../builders.ts"
import { awsFailure } from "../../../fakes/aws-fault.ts"
import { FakeCloudWatch } from "../../../fakes/fake-cloudwatch.ts"
import { idleClock } from "../../../fakes/idle-clock.ts"
import { ScriptedClients } from "../../../fakes/scripted-clients.ts"

const attempt = anAttempt({ held: { place: aPlace({ region: "eu-west-1" }), usd: null } })
const START = attempt.claimedAt
const ENDED: Observation = { kind: "job", job: aTrainingJob({ end: aJobEnd() }) }
const LIVE: Observation = { kind: "job", job: aTrainingJob() }
const stream = (host: string, epoch = 1) => `${attempt.jobName}/${host}-${epoch}`
const NEVER = new AbortController().signal

let logs: FakeCloudWatch
let clock: Clock
let seen: () => Observation

beforeEach(() => {
  logs = new FakeCloudWatch()
  clock = idleClock(START)
  seen = () => ENDED
})

async function read(
  options: { readonly follow?: boolean; readonly tail?: number | null } = {},
  signal: AbortSignal = NEVER,
  onLine: () => void = () => {},
): Promise<readonly string[]> {
  const describe = async () => seen()
  const made = new CloudWatchJobLogs({ clients: logs.clients, describe, clock, timing: AWS_TIMING })
  const lines: string[] = []
  for await (const { host, at, text } of made.read(
    aRun(),
    attempt,
    { follow: false, tail: null, ...options },
    signal,
  )) {
    lines.push(`${host} ${at} ${text}`)
    onLine()
  }
  return lines
}

/** At a moment of the clock, something happens. */
function at(moment: number, happens: () => void): void {
  void clock.sleep(START + moment).then(happens)
}

describe("what is there", () => {
  test("nothing, before the region's first line", async () => {
    expect(await read()).toEqual([])
  })

  test("all hosts over all pages, by time, from the job's own region", async () => {
    for (const host of [1, 2, 3, 4, 5]) {
      logs.write(stream(`algo-${host}`), ...[0, 1, 2, 3].map((n) => [n * 10 + host, `line ${n}`] as const))
    }
    logs.write(`${attempt.jobName}0/algo-1-1`, [1, "of another job"])
    const lines = await read()
    expect(lines).toHaveLength(20)
    expect(lines.slice(0, 6)).toEqual([
      "algo-1 1 line 0",
      "algo-2 2 line 0",
      "algo-3 3 line 0",
      "algo-4 4 line 0",
      "algo-5 5 line 0",
      "algo-1 11 line 1",
    ])
    expect(new Set(logs.sent.map(({ region }) => region))).toEqual(new Set(["eu-west-1"]))
  })

  test("two streams of one host are that host's", async () => {
    logs.write(stream("algo-1", 100), [1, "first try"])
    logs.write(stream("algo-1", 200), [2, "after Spot took it"])
    expect(await read()).toEqual(["algo-1 1 first try", "algo-1 2 after Spot took it"])
  })

  test("a message of several lines is several lines", async () => {
    logs.write(stream("algo-1"), [1, "one\r\ntwo\n"])
    expect(await read()).toEqual(["algo-1 1 one", "algo-1 1 two"])
  })

  test.each([0, 1, 2, 5, 7, 9, 100])("the last %i lines of each host, over pages and streams", async (tail) => {
    const older = [1, 2, 3, 4].map((n) => [n, `n${n}`] as const)
    const newer = [5, 6, 7, 8].map((n) => [n, `n${n}`] as const)
    logs.write(stream("algo-1", 100), ...older)
    logs.write(stream("algo-1", 200), ...newer)
    logs.write(stream("algo-2"), [6, "x"])
    const lines = await read({ tail })
    const first = lines.filter((line) => line.startsWith("algo-1"))
    const all = [...older, ...newer].map(([n, text]) => `algo-1 ${n} ${text}`)
    expect(first).toEqual(tail === 0 ? [] : all.slice(-tail))
    expect(lines.length - first.length).toBe(Math.min(tail, 1))
  })

  test("a denial is told", async () => {
    const denied = new ScriptedClients<never>(() => {
      throw awsFailure("AccessDeniedException", 400)
    })
    logs = denied as unknown as FakeCloudWatch
    await expect(read()).rejects.toSatisfy((error) => isRegattaError(error, "denied"))
  })
})

describe("what comes", () => {
  test("waits for the first line, follows, finds late hosts, and ends after the job has ended and all is quiet", async () => {
    seen = () => (clock.now() < START + 60_000 ? LIVE : ENDED)
    at(5_000, () => logs.write(stream("algo-1"), [5, "begins"]))
    at(20_000, () => logs.write(stream("algo-2"), [20, "joins"]))
    at(41_000, () => logs.write(stream("algo-1"), [41, "goes on"]))
    at(70_000, () => logs.write(stream("algo-1"), [60, "last words"]))
    at(80_000, () => logs.write(stream("algo-3"), [61, "a late stream"]))
    expect(await read({ follow: true })).toEqual([
      "algo-1 5 begins",
      "algo-2 20 joins",
      "algo-1 41 goes on",
      "algo-1 60 last words",
      "algo-3 61 a late stream",
    ])
    expect(clock.now()).toBeLessThan(START + 130_000)
  })

  test("after the last lines come all new ones", async () => {
    logs.write(stream("algo-1"), [1, "a"], [2, "b"], [3, "c"])
    at(5_000, () => logs.write(stream("algo-1"), [4, "d"], [5, "e"]))
    expect(await read({ follow: true, tail: 1 })).toEqual(["algo-1 3 c", "algo-1 4 d", "algo-1 5 e"])
  })

  test("a job that will never be is not waited for", async () => {
    seen = () => ({ kind: "absent", at: clock.now() })
    expect(await read({ follow: true })).toEqual([])
    expect(clock.now()).toBeGreaterThan(attempt.sendBy + AWS_TIMING.settle)
  })

  test("the signal ends it, without an error", async () => {
    seen = () => LIVE
    const ends = new AbortController()
    logs.write(stream("algo-1"), [1, "a"])
    expect(await read({ follow: true }, ends.signal, () => ends.abort())).toEqual(["algo-1 1 a"])
  })
})
