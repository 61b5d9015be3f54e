import { describe, expect, test } from "vitest"
import {
  definitionOf,
  followRequest,
  RETRY_STRATEGY,
  submitRequest,
} from "../../../../../src/adapters/array-queue/aws-batch/request.ts"
import { afterExit, CHILD_ATTEMPTS } from "../../../../../src/core/run/child-exit.ts"
import { anArray, anObjectRef, aRun } from "../../../../builders.ts"

const SETTINGS = {
  image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/regatta:1",
  job_role: "arn:aws:iam::111122223333:role/worker",
  execution_role: "arn:aws:iam::111122223333:role/ecs",
}
const TARGET = { queue: "workers", definition: "rg-worker-1", environment: { REGATTA_ON: "aws" } }

describe("the worker's job definition", () => {
  test("asks for a quarter of a vCPU on Fargate, has three rules and no time limit", () => {
    expect(definitionOf(SETTINGS, "FARGATE")).toEqual({
      type: "container",
      platformCapabilities: ["FARGATE"],
      propagateTags: true,
      retryStrategy: {
        attempts: 10,
        evaluateOnExit: [
          { onExitCode: "64", action: "EXIT" },
          { onExitCode: "65", action: "EXIT" },
          { onExitCode: "70", action: "EXIT" },
        ],
      },
      containerProperties: {
        image: SETTINGS.image,
        command: ["worker"],
        resourceRequirements: [
          { type: "VCPU", value: "0.25" },
          { type: "MEMORY", value: "512" },
        ],
        jobRoleArn: SETTINGS.job_role,
        executionRoleArn: SETTINGS.execution_role,
        logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/aws/batch/job" } },
        networkConfiguration: { assignPublicIp: "ENABLED" },
      },
    })
  })

  test("on EC2 it takes a whole vCPU and needs no execution role", () => {
    const { execution_role: _, ...settings } = SETTINGS
    const { containerProperties, platformCapabilities } = definitionOf(settings, "EC2")
    expect(platformCapabilities).toEqual(["EC2"])
    expect(containerProperties?.resourceRequirements?.[0]).toEqual({ type: "VCPU", value: "1" })
    expect(containerProperties).not.toHaveProperty("executionRoleArn")
    expect(containerProperties).not.toHaveProperty("networkConfiguration")
  })

  test.each([
    ["image", "batch.image is not set"],
    ["job_role", "batch.job_role is not set"],
    ["execution_role", "batch.execution_role is not set"],
  ])("a missing %s is named", (key, message) => {
    expect(() => definitionOf({ ...SETTINGS, [key]: undefined }, "FARGATE")).toThrow(message)
  })

  test.each([
    [{ vcpu: 3 }, "FARGATE", "batch.vcpu: Fargate has 0.25, 0.5, 1, 2, 4, 8, 16, got 3"],
    [{ vcpu: 0.25, memory_mib: 1536 }, "FARGATE", "batch.memory_mib: with 0.25 vCPU Fargate has 512, 1024, 2048 MiB"],
    [{ vcpu: 0.25 }, "EC2", "batch.vcpu: on EC2 a job has whole vCPUs, got 0.25"],
  ] as const)("%j on %s is refused", (difference, platform, message) => {
    expect(() => definitionOf({ ...SETTINGS, ...difference }, platform)).toThrow(message)
  })

  test("its rules do with every exit code what afterExit says, on every attempt", () => {
    for (let attempt = 1; attempt <= CHILD_ATTEMPTS; attempt += 1)
      for (let code = 0; code <= 255; code += 1)
        expect(byBatch(attempt, code), `${code}`).toBe(afterExit(attempt, code))
    expect(byBatch(1, null)).toBe("retry")
    expect(byBatch(CHILD_ATTEMPTS, null)).toBe(afterExit(CHILD_ATTEMPTS, null))
  })
})

/** Batch's rules (aws.md 5.7): the first match wins, no match is a retry, a pattern may end in `*`. */
function byBatch(attempt: number, code: number | null): ReturnType<typeof afterExit> {
  if (code === 0) return "succeeded"
  const isMatch = (pattern = "") =>
    pattern.endsWith("*") ? String(code).startsWith(pattern.slice(0, -1)) : String(code) === pattern
  const rule = RETRY_STRATEGY.evaluateOnExit?.find(({ onExitCode }) => code !== null && isMatch(onExitCode))
  if (rule?.action === "EXIT") return "failed"
  return attempt < (RETRY_STRATEGY.attempts ?? 1) ? "retry" : "failed"
}

describe("a submission", () => {
  const run = aRun({ createdBy: "arn:aws:sts::111122223333:assumed-role/admin/ada" })

  test("an array says where it begins, and is tagged with run and owner", () => {
    expect(submitRequest(run, anArray({ first: 40 }), TARGET)).toEqual({
      jobName: "rg-20261120142233-digits-k3f9-0",
      jobQueue: "workers",
      jobDefinition: "rg-worker-1",
      arrayProperties: { size: 3 },
      containerOverrides: {
        environment: [
          { name: "REGATTA_ON", value: "aws" },
          { name: "REGATTA_RUN", value: run.run },
          { name: "REGATTA_ROW_OFFSET", value: "40" },
        ],
      },
      retryStrategy: RETRY_STRATEGY,
      tags: { "regatta:run": run.run, "regatta:owner": run.createdBy },
      propagateTags: true,
    })
  })

  test("a lone row is a plain job that names it", () => {
    const request = submitRequest(run, anArray({ size: 1, first: 7 }), TARGET)
    expect(request).not.toHaveProperty("arrayProperties")
    expect(request.containerOverrides?.environment).toContainEqual({ name: "REGATTA_ROW_INDEX", value: "7" })
  })

  test("a row list is handed on as it is", () => {
    const list = anObjectRef({ bytes: 12 })
    const { containerOverrides } = submitRequest(run, anArray({ first: list }), TARGET)
    expect(containerOverrides?.environment).toContainEqual({ name: "REGATTA_ROW_LIST", value: JSON.stringify(list) })
  })

  test("a follower is a plain job of the same image, and carries no row", () => {
    const request = followRequest(run, TARGET)
    expect(request).toMatchObject({
      jobName: `${run.run}-follow`,
      containerOverrides: { command: ["follow", run.run] },
    })
    expect(request.containerOverrides?.environment).toEqual([{ name: "REGATTA_ON", value: "aws" }])
  })
})
