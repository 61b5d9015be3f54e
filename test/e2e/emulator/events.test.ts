import { CreateTrainingJobCommand, SageMakerClient } from "@aws-sdk/client-sagemaker"
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SqsJobEvents } from "../../../src/adapters/job-events/sqs/sqs-job-events.ts"
import { eventQueue } from "../../../src/core/config/event-queue.ts"
import { aWorld } from "../../builders.ts"
import { ACCOUNT, anEmulator, type Emulated } from "./emulated.ts"

const HOME = "us-east-1"
const REGION = "us-west-2"
const QUEUE = eventQueue(`arn:aws:sqs:${HOME}:${ACCOUNT}:changes`) ?? never()

let emulated: Emulated
let sqs: SQSClient

beforeAll(async () => {
  const jobs = [{ starting: [1, 1], downloading: [1, 1], training: [1, 1], uploading: [1, 1] }] as const
  const world = {
    events: { queue: QUEUE.name, region: HOME },
    buckets: { [`out-${REGION}`]: { region: REGION } },
    jobs: jobs.map(({ starting, downloading, training, uploading }) => ({
      starting,
      downloading,
      training,
      uploading,
    })),
  }
  emulated = await anEmulator({ world, speed: 10 })
  sqs = new SQSClient({ ...emulated.client(HOME), useQueueUrlAsEndpoint: false })
})
afterAll(async () => {
  sqs.destroy()
  await emulated.close()
})

describe("the queue over the wire", () => {
  test("gives what was sent, with a checksum that the SDK believes, and deletes it", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE.url, MessageBody: "ä ≠ a" }))
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE.url }))
    expect(Messages.map(({ Body }) => Body)).toEqual(["ä ≠ a"])
    const Entries = Messages.map(({ ReceiptHandle }) => ({ Id: "0", ReceiptHandle }))
    const { Successful = [], Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: QUEUE.url, Entries }),
    )
    expect([Successful.length, Failed.length]).toEqual([1, 0])
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: QUEUE.url, AttributeNames: ["All"] }),
    )
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: "0", ApproximateNumberOfMessagesNotVisible: "0" })
  })

  test("holds a long poll open until something comes, or its time is over", async () => {
    const receiving = sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE.url, WaitTimeSeconds: 20 }))
    await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE.url, MessageBody: "now" }))
    const { Messages = [] } = await receiving
    expect(Messages.map(({ Body }) => Body)).toEqual(["now"])
    const { Messages: none } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE.url, WaitTimeSeconds: 1 }))
    expect(none).toBeUndefined()
  })

  test("that is not there is an error by its name", async () => {
    const missing = { ...QUEUE, url: `${QUEUE.url}-not` }
    await expect(events(missing).take()).rejects.toMatchObject({ code: "notFound" })
  })
})

test("the adapter hears of a training job of another region until its end, once it is done no more", async () => {
  const sagemaker = new SageMakerClient(emulated.client(REGION))
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: "rg-one-r3-a1",
      AlgorithmSpecification: {
        TrainingImage: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/trainer:1`,
        TrainingInputMode: "File",
      },
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/Trainer`,
      OutputDataConfig: { S3OutputPath: `s3://out-${REGION}/` },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    }),
  )
  sagemaker.destroy()
  const source = events(QUEUE)
  const words = new Set<string>()
  await expect
    .poll(
      async () => {
        const taken = await source.take()
        for (const { region, job } of taken) words.add(`${region} ${job.jobName} ${job.raw}`)
        await source.done(taken)
        return words.size
      },
      { timeout: 20_000 },
    )
    .toBe(5)
  expect(words).toContain(`${REGION} rg-one-r3-a1 Completed`)
})

function events(queue: typeof QUEUE): SqsJobEvents {
  // No request is cut off.
  const clock = { now: () => Date.now(), sleep: () => new Promise<void>(() => {}) }
  return new SqsJobEvents({ client: sqs, queue, prefix: "rg", world: aWorld({ clock }) })
}

function never(): never {
  throw new Error("it is a queue")
}
