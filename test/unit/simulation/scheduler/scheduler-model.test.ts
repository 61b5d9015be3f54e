import { describe, expect, test } from "vitest"
import { aSchedule } from "../../../builders.ts"
import { modelledScheduler, NOW } from "../../../contract/schedule-service/modelled-scheduler.ts"

const HOUR = 3_600_000
const hourly = aSchedule({ name: "hourly", expression: "cron(0 * * * ? *)" })

describe("EventBridge Scheduler, modelled", () => {
  test("fires into Batch, as Batch's own API names its members, with the time it was to fire", async () => {
    const { service, model, submitted } = modelledScheduler()
    await service.add(hourly)
    expect(model.due()).toBe(Date.UTC(2026, 10, 20, 15))
    model.advance(NOW + 2 * HOUR)
    expect(submitted).toHaveLength(2)
    expect(submitted[0]).toMatchObject({
      operation: "SubmitJob",
      region: "us-east-1",
      input: {
        jobName: "rg-schedule-hourly",
        jobQueue: "regatta",
        containerOverrides: {
          command: expect.arrayContaining(["submit", "--scheduled-time", "2026-11-20T15:00:00Z"]),
          environment: expect.arrayContaining([{ name: "REGATTA_SCHEDULE_OWNER", value: "ada" }]),
        },
        retryStrategy: { attempts: 3, evaluateOnExit: expect.arrayContaining([{ onExitCode: "2", action: "EXIT" }]) },
        tags: { "regatta:schedule": "hourly" },
      },
      caller: { arn: expect.stringContaining("RegattaScheduler") },
    })
  })

  test("fires twice where the world says so, both with one time", async () => {
    const { service, model, submitted } = modelledScheduler({ double_firings: true })
    await service.add(hourly)
    model.advance(NOW + HOUR)
    const commands = submitted.map(({ input }) => JSON.stringify(input["containerOverrides"]))
    expect(commands).toHaveLength(2)
    expect(new Set(commands).size).toBe(1)
  })

  test("a paused one does not fire, a resumed one does again", async () => {
    const { service, model, submitted } = modelledScheduler()
    await service.add(hourly)
    await service.setPaused({ ...hourly, isPaused: true })
    expect(model.due()).toBeNull()
    model.advance(NOW + 5 * HOUR)
    expect(submitted).toEqual([])
    await service.setPaused({ ...hourly, isPaused: false })
    expect(model.due()).not.toBeNull()
  })

  test("the group is made at the first schedule, and never again", async () => {
    const { service, operations } = modelledScheduler()
    expect(await Array.fromAsync(service.list())).toEqual([])
    await service.add(hourly)
    await service.add({ ...hourly, name: "other" })
    expect(operations).toEqual([
      "ListSchedules",
      "CreateSchedule",
      "CreateScheduleGroup",
      "CreateSchedule",
      "CreateSchedule",
    ])
  })

  test("pages are followed", async () => {
    const { service } = modelledScheduler()
    for (let at = 0; at < 120; at += 1) await service.add({ ...hourly, name: `s${String(at).padStart(3, "0")}` })
    expect((await Array.fromAsync(service.list())).map(({ name }) => name)).toHaveLength(120)
  })

  test("a role that the service may not assume is refused", async () => {
    const roles = { RegattaScheduler: { trusts: ["ecs-tasks.amazonaws.com"] } }
    const { service } = modelledScheduler({ roles })
    await expect(service.add(hourly)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("must allow AWS EventBridge Scheduler to assume the role"),
    })
  })

  test("a start that is long past is refused, as there", async () => {
    const { service } = modelledScheduler()
    await expect(service.add({ ...hourly, start: NOW - HOUR })).rejects.toMatchObject({ code: "invalid" })
  })
})
