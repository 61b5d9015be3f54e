import { describe, expect, test } from "vitest"
import { parseEvent } from "../../../../src/adapters/job-events/sqs/parse-event.ts"
import type { World } from "../../../../src/core/config/world-file.ts"
import type { EventFault, EventOdds } from "../../../../src/simulation/events/event-bus.ts"
import { ModelledAccount } from "../../../../src/simulation/modelled-account.ts"
import { S3Model } from "../../../../src/simulation/s3/s3-model.ts"
import { ACCOUNT, aRequest } from "../sagemaker/training-bed.ts"

const START = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const REGION = "eu-west-1"
const NONE: EventOdds = { lost: 0, duplicated: 0, late: 0, lateMs: [MINUTE, 10 * MINUTE] }
const WORLD: World = {
  events: { queue: "changes", region: "us-east-1" },
  jobs: [{ starting: [10, 10], downloading: [20, 20], training: [100, 100], uploading: [5, 5] }],
}

/** What jobs are told to do, and what is in the queue so many minutes later. */
function afterMinutes(minutes: number, jobs: number, odds: EventOdds, world = WORLD) {
  const faults: EventFault[] = []
  const s3 = new S3Model()
  s3.addBucket(`out-${REGION}`, REGION, ACCOUNT, START)
  s3.addBucket(`data-${REGION}`, REGION, ACCOUNT, START)
  s3.put(`data-${REGION}`, "train/x", new Uint8Array(), START)
  const account = new ModelledAccount(world, { s3, eventOdds: () => odds, onEventFault: (fault) => faults.push(fault) })
  const call = (operation: string, input: Readonly<Record<string, unknown>>, region: string, now: number) => {
    const service = operation === "ReceiveMessage" ? "sqs" : "sagemaker"
    const answer = account.handle(service, { region, operation, input, caller: account.caller }, now)
    if (!answer.ok) throw new Error(`${answer.fault.name}: ${answer.fault.message}`)
    return answer.output
  }
  for (let index = 0; index < jobs; index++) {
    const text = JSON.stringify(aRequest({ TrainingJobName: `rg-one-r${index}-a1` })).replaceAll("us-east-1", REGION)
    call("CreateTrainingJob", JSON.parse(text), REGION, START)
  }
  const bodies: string[] = []
  for (;;) {
    const input = { QueueUrl: "https://x/changes", MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }
    const messages = (call("ReceiveMessage", input, "us-east-1", START + minutes * MINUTE)["Messages"] ?? []) as {
      readonly Body: string
    }[]
    if (messages.length === 0) break
    bodies.push(...messages.map(({ Body }) => Body))
  }
  return { faults, bodies, account }
}

describe("changes of training jobs", () => {
  test("come to the queue as AWS words them, one for each", () => {
    const { bodies } = afterMinutes(5, 1, NONE)
    const told = bodies.flatMap((body) => parseEvent(body) ?? []).toSorted((a, b) => a.job.at - b.job.at)
    expect(told.map(({ region, job }) => [region, job.jobName, job.raw, job.at - START])).toEqual([
      [REGION, "rg-one-r0-a1", "Starting", 0],
      [REGION, "rg-one-r0-a1", "Downloading", 10_000],
      [REGION, "rg-one-r0-a1", "Training", 30_000],
      [REGION, "rg-one-r0-a1", "Uploading", 130_000],
      [REGION, "rg-one-r0-a1", "Completed", 135_000],
    ])
  })

  test("come within seconds, and what comes late is not there yet", () => {
    expect(afterMinutes(0.1, 10, NONE).bodies).toHaveLength(10)
    expect(afterMinutes(0.1, 10, { ...NONE, late: 1 }).bodies).toHaveLength(0)
    expect(afterMinutes(30, 10, { ...NONE, late: 1 }).bodies).toHaveLength(50)
  })

  test("come twice, out of order or never, as often as is told", () => {
    const { bodies, faults } = afterMinutes(60, 100, { ...NONE, lost: 0.2, duplicated: 0.3, late: 0.1 })
    const count = (fault: EventFault) => faults.filter((each) => each === fault).length
    expect(bodies).toHaveLength(500 - count("lost") + count("duplicated"))
    for (const fault of ["lost", "duplicated", "late", "overtaken"] as const) expect(count(fault)).toBeGreaterThan(10)
  })

  test("are told to nobody in a world without events", () => {
    const { events: _, ...quiet } = WORLD
    expect(() => afterMinutes(1, 1, NONE, quiet)).toThrow("QueueDoesNotExist")
  })
})
