import { describe, expect, test } from "vitest"
import { awsExpression } from "../../../../../src/adapters/schedule-service/eventbridge/aws-expression.ts"
import { createRequest, readKept } from "../../../../../src/adapters/schedule-service/eventbridge/request.ts"
import { aSchedule } from "../../../../builders.ts"
import { TARGET } from "../../../../contract/schedule-service/modelled-scheduler.ts"

const PINNED = {
  manifest: "s3://sagemaker-us-east-1-123456789012/rg/schedules/nightly/0123456789abcdef/manifest.csv",
  config: "s3://sagemaker-us-east-1-123456789012/rg/schedules/nightly/0123456789abcdef/regatta.yaml",
}

describe("CreateSchedule", () => {
  test("is one plain job of Batch that submits, named by the time it was to fire", async () => {
    const schedule = aSchedule({
      ...PINNED,
      expression: "30 2 * * MON-FRI",
      timeZone: "Europe/Berlin",
      start: Date.UTC(2026, 11, 1),
      end: Date.UTC(2027, 11, 1),
      options: ["--max-cost", "25"],
      createdBy: "arn:aws:iam::123456789012:user/ada",
    })
    const { Target, ...rest } = createRequest(schedule, TARGET)
    const request = { ...rest, Target: { ...Target, Input: JSON.parse(Target?.Input ?? "") } }
    await expect(`${JSON.stringify(request, null, 2)}\n`).toMatchFileSnapshot(
      "../../../../golden/scheduler/create-schedule.json",
    )
    expect(Target?.Input).not.toContain("ArrayProperties")
  })

  test("is read back as what it was made of", () => {
    const schedule = aSchedule({ ...PINNED, expression: "rate(1 hour)", options: ["--name", "a b"], isPaused: true })
    const kept = { ...createRequest(schedule, TARGET), CreationDate: new Date(schedule.activeSince) }
    expect(readKept(kept)).toEqual(schedule)
  })

  test.each(["{}", "no JSON", '{"ContainerOverrides":{"Command":["follow","x"]}}'])(
    "another's schedule (%s) is none of ours",
    (Input) => {
      const { Target, ...rest } = createRequest(aSchedule(), TARGET)
      expect(readKept({ ...rest, Target: { Arn: Target?.Arn, RoleArn: Target?.RoleArn, Input } })).toBeNull()
    },
  )

  test.each([
    ["0 2 * * *", "cron(0 2 * * ? *)"],
    ["*/15 8-10 * * MON-FRI", "cron(0,15,30,45 8,9,10 ? * 2,3,4,5,6 *)"],
    ["0 0 1,15 JAN *", "cron(0 0 1,15 1 ? *)"],
    ["* * * * 0", "cron(* * ? * 1 *)"],
    ["* * * * 7", "cron(* * ? * 1 *)"],
    ["0 0 */1 * FRI", "cron(0 0 ? * 6 *)"],
    ["cron(0 2 L * ? *)", "cron(0 2 L * ? *)"],
    ["rate(1 hour)", "rate(1 hour)"],
  ])("%s becomes %s", (text, expected) => {
    expect(awsExpression(text)).toBe(expected)
  })

  test("days of the month and of the week together have no such form", () => {
    expect(() => awsExpression("0 0 13 * FRI")).toThrow("only one of them")
  })
})
