import { SecondaryStatus, TrainingJobStatus } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { IS_END, PHASES, phaseOf } from "../../../../../src/adapters/aws/sagemaker-phases.ts"
import { type Described, describedJob } from "../../../../../src/adapters/training-service/sagemaker/observe.ts"

const AT = Date.UTC(2026, 10, 20, 15)
const seen = (difference: Described) => describedJob({ TrainingJobName: "j", ...difference }, AT)
const ended = (difference: Described) => {
  const { end } = seen(difference)
  if (end === null) throw new Error("it has not ended")
  return end
}

test("every status of the SDK has its meaning, and no other", () => {
  expect(Object.keys(IS_END).sort()).toEqual(Object.values(TrainingJobStatus).sort())
  expect(Object.keys(PHASES).sort()).toEqual(Object.values(SecondaryStatus).sort())
})

test("an unknown word stays visible as itself", () => {
  const job = seen({
    TrainingJobStatus: "Dreaming" as TrainingJobStatus,
    SecondaryStatus: "toString" as SecondaryStatus,
  })
  expect(job).toMatchObject({ phase: "unknown", raw: "toString", end: null })
})

test.each([
  ["InProgress", "Starting", "starting"],
  ["InProgress", "Interrupted", "starting"],
  ["InProgress", "Downloading", "downloading"],
  ["InProgress", "Training", "training"],
  ["InProgress", "Uploading", "uploading"],
  ["Stopping", "Uploading", "stopping"],
  ["InProgress", undefined, "unknown"],
])("%s, %s is %s", (status, secondary, phase) => {
  expect(phaseOf(status, secondary)).toBe(phase)
})

test("is dated by the service, else by the question, and shows the last message", () => {
  const SecondaryStatusTransitions = [
    { Status: "Pending", StartTime: new Date(AT), StatusMessage: "old" },
    { Status: "Starting", StartTime: new Date(AT), StatusMessage: "Insufficient capacity error, retrying!" },
  ] as Described["SecondaryStatusTransitions"]
  const job = seen({
    TrainingJobStatus: "InProgress",
    SecondaryStatus: "Starting",
    SecondaryStatusTransitions,
    LastModifiedTime: new Date(AT - 5),
  })
  expect(job).toMatchObject({ at: AT - 5, raw: "Starting: Insufficient capacity error, retrying!", phase: "starting" })
  expect(seen({ TrainingJobStatus: "InProgress" }).at).toBe(AT)
})

test("a completed job has its times, its last metrics, its bill for every instance and its artifact", () => {
  const job = seen({
    TrainingJobStatus: "Completed",
    SecondaryStatus: "Completed",
    TrainingStartTime: new Date(AT - 100_000),
    TrainingEndTime: new Date(AT - 10_000),
    BillableTimeInSeconds: 90,
    ResourceConfig: { InstanceType: "ml.p3.16xlarge", InstanceCount: 10, VolumeSizeInGB: 30 },
    FinalMetricDataList: [
      { MetricName: "loss", Value: 0.1, Timestamp: new Date(2) },
      { MetricName: "loss", Value: 0.9, Timestamp: new Date(1) },
    ],
    ModelArtifacts: { S3ModelArtifacts: "s3://out/j/output/model.tar.gz" },
  })
  expect(job.metrics).toEqual({ loss: 0.1 })
  expect(job.end).toEqual({
    status: "completed",
    cause: "done",
    reason: "",
    billableSeconds: 900,
    startedAt: AT - 100_000,
    endedAt: AT - 10_000,
    artifact: "s3://out/j/output/model.tar.gz",
  })
})

test("the bill counts the instances of every group, and is unknown where the service does not say", () => {
  const TrainingJobStatus = "Completed" as const
  const InstanceGroups = [
    { InstanceType: "ml.c5.xlarge", InstanceCount: 2, InstanceGroupName: "a" },
    { InstanceType: "ml.p3.2xlarge", InstanceCount: 3, InstanceGroupName: "b" },
  ] as NonNullable<Described["ResourceConfig"]>["InstanceGroups"]
  const groups = { InstanceGroups, VolumeSizeInGB: 1 }
  expect(ended({ TrainingJobStatus, BillableTimeInSeconds: 10, ResourceConfig: groups }).billableSeconds).toBe(50)
  expect(ended({ TrainingJobStatus, ResourceConfig: groups }).billableSeconds).toBeNull()
  expect(ended({ TrainingJobStatus, BillableTimeInSeconds: 10 }).billableSeconds).toBeNull()
  expect(ended({ TrainingJobStatus, BillableTimeInSeconds: 0, ResourceConfig: groups }).billableSeconds).toBe(0)
})

describe("why it ended", () => {
  test.each([
    ["CapacityError: Unable to provision requested ML compute capacity.", "capacity"],
    ["InternalServerError: We encountered an internal error. Please try again.", "service"],
    ['AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage "x"', "algorithm"],
    ["ClientError: Cannot pull algorithm container.", "client"],
    ["TrainingHostAgent Initialization failed:InvalidInputException: unable to perform: sts:AssumeRole on x", "client"],
    ["Something new", "unknown"],
    ["", "unknown"],
  ])("failed with %j: %s", (FailureReason, cause) => {
    const ModelArtifacts = { S3ModelArtifacts: "s3://out/j/output/model.tar.gz" }
    const end = ended({ TrainingJobStatus: "Failed", SecondaryStatus: "Failed", FailureReason, ModelArtifacts })
    expect(end).toMatchObject({ status: "failed", cause, artifact: null })
    expect(end.reason).toBe(FailureReason === "" ? "the service gives no reason" : FailureReason)
  })

  test.each([
    ["MaxRuntimeExceeded", undefined, "maxRuntime", "MaxRuntimeExceeded: stopped at max_runtime, 60 s"],
    ["MaxWaitTimeExceeded", undefined, "maxWait", "MaxWaitTimeExceeded: no Spot capacity within max_wait, 90 s"],
    ["Stopped", undefined, "person", "stopped by a person"],
    ["Stopped", "CapacityError: no machines", "capacity", "CapacityError: no machines"],
  ] as const)("stopped as %s, %s: %s", (SecondaryStatus, reason, cause, text) => {
    const StoppingCondition = { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 90 }
    const FailureReason = reason === undefined ? {} : { FailureReason: reason }
    const end = ended({ TrainingJobStatus: "Stopped", SecondaryStatus, StoppingCondition, ...FailureReason })
    expect(end).toMatchObject({ status: "stopped", cause, reason: text })
  })

  test("stopped when its time of waiting for machines was over: capacity; before that or once it trained, a person", () => {
    const waited = (seconds: number, difference: Described = {}) =>
      ended({
        TrainingJobStatus: "Stopped",
        SecondaryStatus: "Stopped",
        StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 },
        CreationTime: new Date(AT),
        LastModifiedTime: new Date(AT + seconds * 1000),
        ...difference,
      })
    expect(waited(7201)).toMatchObject({ cause: "capacity", reason: "no capacity within max_pending, 7200 s" })
    expect(waited(7199).cause).toBe("person")
    expect(waited(7201, { TrainingStartTime: new Date(AT) }).cause).toBe("person")
  })

  test("a job that is being deleted ended as its second status says", () => {
    expect(ended({ TrainingJobStatus: "Deleting", SecondaryStatus: "Failed" }).status).toBe("failed")
    expect(seen({ TrainingJobStatus: "Deleting", SecondaryStatus: "Training" }).end).toBeNull()
  })
})
