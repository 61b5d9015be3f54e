import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs"
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker"
import { expect, test } from "vitest"
import { LocalFileLogs } from "../../../src/adapters/job-logs/local-files/local-file-logs.ts"
import { identify } from "../../../src/adapters/process/identity.ts"
import { LocalProcessTraining } from "../../../src/adapters/training-service/local-process/local-process-training.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import { ENTRY } from "../local-job.ts"
import { anEmulator } from "./emulated.ts"

const REGION = "us-west-2"
const clock: Clock = {
  now: () => Date.now(),
  sleep: (until) => new Promise((resolve) => setTimeout(resolve, until - Date.now())),
}
const PROGRAM = `
import { readFileSync, writeFileSync } from "node:fs"
const rows = readFileSync(process.env.SM_CHANNEL_TRAIN + "/a.csv", "utf8").trim().split("\\n")
console.log("rows=" + rows.length)
writeFileSync(process.env.SM_MODEL_DIR + "/model.txt", "trained")
`

test("what the emulator is asked to train is trained, as the SDK's clients see", async () => {
  const emulated = await anEmulator({
    world: { jobs: [{ starting: [0, 0], downloading: [0, 0], uploading: [0, 0] }] },
    training: {
      clock,
      open: (stateFolder) => ({
        training: new LocalProcessTraining({
          stateFolder,
          clock,
          log: { event: () => {} },
          self: [process.execPath, ENTRY],
          process: identify(process.pid) ?? "",
          env: { PATH: process.env["PATH"] },
        }),
        logs: new LocalFileLogs({ stateFolder, clock }),
      }),
    },
  })
  const s3 = new S3Client({ ...emulated.client(REGION), forcePathStyle: true })
  const sagemaker = new SageMakerClient(emulated.client(REGION))
  try {
    await s3.send(
      new CreateBucketCommand({ Bucket: "work", CreateBucketConfiguration: { LocationConstraint: REGION } }),
    )
    await s3.send(new PutObjectCommand({ Bucket: "work", Key: "train/a.csv", Body: "1\n2\n3\n" }))
    const code = gzipTar({ "train.mjs": PROGRAM })
    await s3.send(new PutObjectCommand({ Bucket: "work", Key: "code.tar.gz", Body: code }))
    await sagemaker.send(new CreateTrainingJobCommand(REQUEST))
    let job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "row-1" }))
    while (job.TrainingJobStatus === "InProgress") {
      await clock.sleep(Date.now() + 50)
      job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "row-1" }))
    }
    expect(job).toMatchObject({
      TrainingJobStatus: "Completed",
      FinalMetricDataList: [{ MetricName: "rows", Value: 3 }],
      ModelArtifacts: { S3ModelArtifacts: "s3://work/out/row-1/output/model.tar.gz" },
    })
    const { events = [] } = await new CloudWatchLogsClient(emulated.client(REGION)).send(
      new FilterLogEventsCommand({
        logGroupName: "/aws/sagemaker/TrainingJobs",
        logStreamNamePrefix: "row-1/",
        filterPattern: "rows=3",
      }),
    )
    expect(events).toHaveLength(1)
    const model = await s3.send(new GetObjectCommand({ Bucket: "work", Key: "out/row-1/output/model.tar.gz" }))
    expect((await model.Body?.transformToByteArray())?.length).toBeGreaterThan(50)
  } finally {
    s3.destroy()
    sagemaker.destroy()
    await emulated.close()
  }
})

const REQUEST: CreateTrainingJobCommandInput = {
  TrainingJobName: "row-1",
  AlgorithmSpecification: {
    TrainingImage: `123456789012.dkr.ecr.${REGION}.amazonaws.com/node-trainer:latest`,
    TrainingInputMode: "File",
    MetricDefinitions: [{ Name: "rows", Regex: "rows=(\\d+)" }],
  },
  RoleArn: "arn:aws:iam::123456789012:role/training",
  HyperParameters: {
    sagemaker_program: '"train.mjs"',
    sagemaker_submit_directory: '"s3://work/code.tar.gz"',
  },
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://work/train/" } },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://work/out/" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
}
