import { expect, test } from "vitest"
import { eventQueue } from "../../../src/core/config/event-queue.ts"
import { buildEventRules } from "../../../src/core/policy/build-event-rules.ts"

const QUEUE = eventQueue("arn:aws:sqs:us-east-1:123456789012:regatta-events") ?? never()

test("the queue's region sends to the queue, every other one to the bus of that region", () => {
  const { rules } = buildEventRules(QUEUE, "rg", ["eu-west-1", "us-east-1"])
  const bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
  expect(rules.map(({ region, target }) => [region, target.arn, target.roleArn])).toEqual([
    ["us-east-1", QUEUE.arn, null],
    ["eu-west-1", bus, "arn:aws:iam::123456789012:role/rg-events"],
  ])
  for (const { pattern } of rules)
    expect(pattern).toEqual({
      source: ["aws.sagemaker"],
      "detail-type": ["SageMaker Training Job State Change"],
      detail: { TrainingJobName: [{ prefix: "rg-" }] },
    })
})

test("only the rule of the queue's region may send to the queue, and only rules elsewhere have the role", () => {
  const { queuePolicy, role } = buildEventRules(QUEUE, "rg", ["eu-west-1", "us-east-1"])
  const rule = (region: string) => `arn:aws:events:${region}:123456789012:rule/rg-training-jobs`
  expect(queuePolicy).toMatchObject({
    Statement: [
      {
        Action: "sqs:SendMessage",
        Resource: QUEUE.arn,
        Condition: { ArnEquals: { "aws:SourceArn": rule("us-east-1") } },
      },
    ],
  })
  expect(role).toMatchObject({
    trust: { Statement: [{ Condition: { ArnEquals: { "aws:SourceArn": [rule("eu-west-1")] } } }] },
    policy: { Statement: [{ Action: "events:PutEvents" }] },
  })
})

test("a manifest of the queue's region alone needs no role", () => {
  const { rules, role } = buildEventRules(QUEUE, "rg", ["us-east-1"])
  expect(rules).toHaveLength(1)
  expect(role).toBeNull()
})

function never(): never {
  throw new Error("it is a queue")
}
