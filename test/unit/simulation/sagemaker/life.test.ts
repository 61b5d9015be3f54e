import { gunzipSync } from "node:zlib"
import { SecondaryStatus, TrainingJobStatus } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { NEVER_EMITTED } from "../../../../src/simulation/sagemaker/statuses.ts"
import { START, TrainingBed } from "./training-bed.ts"

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 3600 },
}
const PLAN = {
  ResourceConfig: {
    InstanceType: "ml.m5.large",
    InstanceCount: 1,
    VolumeSizeInGB: 30,
    TrainingPlanArn: "arn:aws:sagemaker:us-east-1:123456789012:training-plan/p",
  },
}

describe("a training job", () => {
  test("passes through its statuses and leaves artifact, metrics, log streams and times", () => {
    const bed = new TrainingBed()
    const metrics = [{ Name: "loss", Regex: "loss=([0-9.]+)" }]
    const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/t:1"
    bed.create({
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File", MetricDefinitions: metrics },
    })
    expect(bed.describe(12)["SecondaryStatus"]).toBe("Downloading")
    const halfway = bed.describe(81)
    expect(halfway["FinalMetricDataList"]).toEqual([{ MetricName: "loss", Value: 0.5, Timestamp: START / 1000 + 80 }])
    expect(halfway["TrainingStartTime"]).toBe(START / 1000 + 10)
    expect(halfway["TrainingEndTime"]).toBeUndefined()
    const end = bed.describe(200)
    expect(bed.story(200)).toEqual({
      status: "Completed",
      transitions: ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "135 Completed"],
    })
    expect(end["FinalMetricDataList"]).toEqual([{ MetricName: "loss", Value: 0.25, Timestamp: START / 1000 + 130 }])
    expect(end["TrainingTimeInSeconds"]).toBe(125)
    expect(end["BillableTimeInSeconds"]).toBe(125)
    expect(end["ModelArtifacts"]).toEqual({
      S3ModelArtifacts: "s3://out-us-east-1/runs/row-1/output/model.tar.gz",
    })
    expect(end["Tags"]).toBeUndefined()
    const stored = bed.objects.stored.get("out-us-east-1/runs/row-1/output/model.tar.gz") ?? new Uint8Array()
    expect(gunzipSync(stored).toString()).toContain("weights")
    const epoch = START / 1000 + 30
    expect([...bed.logs.streams.keys()]).toEqual([
      `us-east-1 /aws/sagemaker/TrainingJobs row-1/algo-1-${epoch}`,
      `us-east-1 /aws/sagemaker/TrainingJobs row-1/algo-2-${epoch}`,
    ])
    expect(bed.model.due()).toBeNull()
  })

  const ends: readonly (readonly [
    string,
    ConstructorParameters<typeof TrainingBed>[0],
    Record<string, unknown>,
    string,
    readonly string[],
    string | null,
  ])[] = [
    [
      "a failing program",
      { course: { end: { kind: "algorithmError", reason: "AlgorithmError: , exit code: 1" } } },
      {},
      "Failed",
      ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "135 Failed"],
      "AlgorithmError: , exit code: 1",
    ],
    [
      "no capacity",
      { course: { end: { kind: "capacityError" } } },
      {},
      "Failed",
      ["0 Starting", "10 Failed"],
      "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.",
    ],
    [
      "data that cannot be fetched",
      { course: { end: { kind: "downloadError", reason: "ClientError: Data download failed:x" } } },
      {},
      "Failed",
      ["0 Starting", "10 Downloading", "30 Failed"],
      "ClientError: Data download failed:x",
    ],
    [
      "an artifact that cannot be stored",
      { course: { end: { kind: "uploadError", reason: "ClientError: Artifact upload failed:x" } } },
      {},
      "Failed",
      ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "135 Failed"],
      "ClientError: Artifact upload failed:x",
    ],
    [
      "an output bucket of another region",
      {},
      { OutputDataConfig: { S3OutputPath: "s3://out-eu-west-1/" } },
      "Failed",
      ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "135 Failed"],
      "ClientError: Artifact upload failed:The S3 bucket out-eu-west-1 is in eu-west-1: the bucket must be in the same region as the job, us-east-1",
    ],
    [
      "an error of the service",
      { course: { internalErrors: [40] } },
      {},
      "Failed",
      ["0 Starting", "10 Downloading", "30 Training", "70 Failed"],
      "InternalServerError: We encountered an internal error. Please try again.",
    ],
    [
      "an error of the service with a retry strategy",
      { course: { internalErrors: [40] } },
      { RetryStrategy: { MaximumRetryAttempts: 1 } },
      "Completed",
      [
        "0 Starting",
        "10 Downloading",
        "30 Training",
        "70 Starting",
        "80 Downloading",
        "100 Training",
        "200 Uploading",
        "205 Completed",
      ],
      null,
    ],
    [
      "a Spot interruption without a checkpoint",
      { course: { interruptions: [60] } },
      SPOT,
      "Completed",
      [
        "0 Starting",
        "10 Downloading",
        "30 Training",
        "90 Interrupted",
        "91 Starting",
        "101 Downloading",
        "121 Training",
        "221 Uploading",
        "226 Completed",
      ],
      null,
    ],
    [
      "a Spot interruption with a checkpoint",
      { course: { interruptions: [60] } },
      { ...SPOT, CheckpointConfig: { S3Uri: "s3://out-us-east-1/checkpoints/" } },
      "Completed",
      [
        "0 Starting",
        "10 Downloading",
        "30 Training",
        "90 Interrupted",
        "91 Starting",
        "101 Downloading",
        "121 Training",
        "161 Uploading",
        "166 Completed",
      ],
      null,
    ],
    [
      "an interruption that cannot be, on demand",
      { course: { interruptions: [60] } },
      {},
      "Completed",
      ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "135 Completed"],
      null,
    ],
    [
      "a runtime above its limit",
      {},
      { StoppingCondition: { MaxRuntimeInSeconds: 50 } },
      "Stopped",
      ["0 Starting", "10 Downloading", "30 Training", "60 Stopping", "90 Uploading", "95 MaxRuntimeExceeded"],
      null,
    ],
    [
      "Spot that never comes",
      { course: { startingSeconds: 9999 } },
      { ...SPOT, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } },
      "Stopped",
      ["0 Starting", "60 Stopping", "61 MaxWaitTimeExceeded"],
      null,
    ],
    [
      "a program that does not heed SIGTERM",
      { course: { stoppingSeconds: 500 } },
      { StoppingCondition: { MaxRuntimeInSeconds: 50 } },
      "Stopped",
      ["0 Starting", "10 Downloading", "30 Training", "60 Stopping", "180 MaxRuntimeExceeded"],
      null,
    ],
    [
      "a training plan's capacity",
      {},
      PLAN,
      "Completed",
      ["0 Pending", "5 Starting", "15 Downloading", "35 Training", "135 Uploading", "140 Completed"],
      null,
    ],
    [
      "a plan whose capacity does not come in time",
      { course: { pendingSeconds: 99_999 } },
      { ...PLAN, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 } },
      "Stopped",
      ["0 Pending", "7200 Stopping", "7201 Stopped"],
      null,
    ],
  ]

  test.each(ends)("with %s", (_title, change, request, status, transitions, reason) => {
    const bed = new TrainingBed(change)
    expect(bed.create(request)).toBeNull()
    expect(bed.story(20_000)).toEqual({ status, transitions })
    expect(bed.describe(20_000)["FailureReason"] ?? null).toBe(reason)
  })

  test("every value of the service's lists is reached above, or is listed as never given", () => {
    const reached = ends.flatMap(([, , , status, transitions]) => [
      status,
      ...transitions.map((each) => each.split(" ")[1]),
    ])
    const given = new Set<string | undefined>([...reached, "InProgress", "Stopping", ...NEVER_EMITTED])
    for (const value of [...Object.values(SecondaryStatus), ...Object.values(TrainingJobStatus)])
      expect(given).toContain(value)
    for (const value of NEVER_EMITTED) expect(reached).not.toContain(value)
  })

  test("bills a Spot job less, and a job that never ran nothing that is known", () => {
    const spot = new TrainingBed({ course: { interruptions: [60] } })
    spot.create(SPOT)
    // 80 s of the first pass and 125 s of the second.
    expect(spot.describe(999)["TrainingTimeInSeconds"]).toBe(205)
    expect(spot.describe(999)["BillableTimeInSeconds"]).toBe(62)
    const none = new TrainingBed({ course: { end: { kind: "capacityError" } } })
    none.create()
    expect(none.describe(999)).not.toHaveProperty("BillableTimeInSeconds")
  })

  const stops: readonly (readonly [number, readonly string[], boolean])[] = [
    [5, ["0 Starting", "5 Stopping", "6 Stopped"], false],
    [15, ["0 Starting", "10 Downloading", "15 Stopping", "16 Stopped"], false],
    [50, ["0 Starting", "10 Downloading", "30 Training", "50 Stopping", "80 Uploading", "85 Stopped"], true],
    [132, ["0 Starting", "10 Downloading", "30 Training", "130 Uploading", "132 Stopping", "135 Stopped"], true],
  ]

  test.each(stops)(
    "stopped at %d s ends Stopped, with an artifact if it had trained",
    (second, transitions, artifact) => {
      const bed = new TrainingBed()
      bed.create()
      expect(bed.call("StopTrainingJob", { TrainingJobName: "row-1" }, second).ok).toBe(true)
      expect(bed.describe(second)["TrainingJobStatus"]).toBe("Stopping")
      expect(bed.call("StopTrainingJob", { TrainingJobName: "row-1" }, second).ok).toBe(true)
      expect(bed.story(999)).toEqual({ status: "Stopped", transitions })
      expect("ModelArtifacts" in bed.describe(999)).toBe(artifact)
    },
  )

  test("that has ended is not stopped, and one that is missing is neither seen nor stopped: ValidationExceptions", () => {
    const bed = new TrainingBed()
    bed.create()
    const stop = bed.call("StopTrainingJob", { TrainingJobName: "row-1" }, 999)
    expect(stop).toEqual({
      ok: false,
      fault: {
        name: "ValidationException",
        message: "The request was rejected because the training job is in status Completed",
        status: 400,
      },
    })
    for (const operation of ["StopTrainingJob", "DescribeTrainingJob"]) {
      expect(bed.call(operation, { TrainingJobName: "row-2" })).toMatchObject({
        fault: { name: "ValidationException", message: "Requested resource not found." },
      })
      expect(bed.call(operation, { TrainingJobName: "row-1" }, 0, "us-west-2").ok).toBe(false)
    }
    expect(bed.call("DeleteTrainingJob", { TrainingJobName: "row-1" })).toMatchObject({ ok: false })
  })
})

describe("a job that trains outside", () => {
  const artifact = { name: "model.tar.gz", bytes: Buffer.from("x") }
  const outcome = { pass: 1, exitCode: 0, failure: null, uploads: [artifact] }
  const at = (second: number) => START + second * 1000

  test("asks for its training once, and ends as is reported", () => {
    const bed = new TrainingBed({ trains: "outside" })
    bed.create()
    expect(bed.effects(29)).toEqual([])
    expect(bed.effects(30)).toMatchObject([{ kind: "train", region: "us-east-1", job: "row-1", pass: 1 }])
    expect(bed.effects(400)).toEqual([])
    bed.model.logged("us-east-1", "row-1", 2, ["hello"], at(300))
    expect(bed.model.trained("us-east-1", "row-1", outcome, at(500))).toBe(true)
    expect(bed.model.trained("us-east-1", "row-1", outcome, at(501))).toBe(false)
    expect(bed.story(999).transitions.slice(2)).toEqual(["30 Training", "500 Uploading", "505 Completed"])
    expect(bed.objects.stored.get("out-us-east-1/runs/row-1/output/model.tar.gz")?.toString()).toBe("x")
    const streams = [...bed.logs.streams.values()].flat().map(({ message }) => message)
    expect(streams).toContain("hello")
  })

  test.each([
    [{ ...outcome, exitCode: 3 }, "AlgorithmError: , exit code: 3"],
    [{ ...outcome, exitCode: 1, failure: "ClientError: no data" }, "ClientError: no data"],
  ])("fails as is reported", (failing, reason) => {
    const bed = new TrainingBed({ trains: "outside" })
    bed.create()
    bed.model.trained("us-east-1", "row-1", failing, at(40))
    expect(bed.describe(999)).toMatchObject({ TrainingJobStatus: "Failed", FailureReason: reason })
  })

  test("is told to stop, and killed when it does not", () => {
    const bed = new TrainingBed({ trains: "outside" })
    bed.create()
    bed.effects(30)
    bed.call("StopTrainingJob", { TrainingJobName: "row-1" }, 40)
    expect(bed.effects(40)).toEqual([{ kind: "stopTraining", region: "us-east-1", job: "row-1", pass: 1 }])
    expect(bed.effects(160)).toEqual([{ kind: "killTraining", region: "us-east-1", job: "row-1", pass: 1 }])
    expect(bed.model.trained("us-east-1", "row-1", outcome, at(161))).toBe(false)
    expect(bed.describe(161)["TrainingJobStatus"]).toBe("Stopped")
  })

  test("that reports within its grace keeps its artifact and ends Stopped", () => {
    const bed = new TrainingBed({ trains: "outside" })
    bed.create()
    bed.call("StopTrainingJob", { TrainingJobName: "row-1" }, 40)
    expect(bed.model.trained("us-east-1", "row-1", { ...outcome, exitCode: 143 }, at(50))).toBe(true)
    expect(bed.describe(999)).toMatchObject({ TrainingJobStatus: "Stopped", ModelArtifacts: {} })
  })

  test("is trained anew after an interruption, and reports of the pass before are dropped", () => {
    const bed = new TrainingBed({ trains: "outside", course: { interruptions: [60] } })
    bed.create(SPOT)
    expect(bed.effects(130).map(({ kind, pass }) => `${kind} ${pass}`)).toEqual([
      "train 1",
      "killTraining 1",
      "train 2",
    ])
    expect(bed.model.trained("us-east-1", "row-1", outcome, at(131))).toBe(false)
    expect(bed.model.trained("us-east-1", "row-1", { ...outcome, pass: 2 }, at(131))).toBe(true)
  })
})
