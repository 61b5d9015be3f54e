// What must be there so that changes of training jobs reach the queue: a rule of EventBridge in each region, the queue's policy,
// and the role with which rules elsewhere send to the queue's region. It makes none of them.
import type { EventQueue } from "../config/event-queue.ts"
import { partitionOf } from "../manifest/regions.ts"

export interface EventRule {
  readonly region: string
  readonly name: string
  readonly pattern: Readonly<Record<string, unknown>>
  /** `roleArn` null: the queue's policy lets the rule in. */
  readonly target: { readonly id: string; readonly arn: string; readonly roleArn: string | null }
}

export interface EventRules {
  readonly rules: readonly EventRule[]
  readonly queuePolicy: Readonly<Record<string, unknown>>
  /** null: all rules are in the queue's region. */
  readonly role: Readonly<Record<string, unknown>> | null
}

const VERSION = "2012-10-17"

/**
 * A rule has targets of its own region, or the event bus of another (source: EventBridge User Guide, "Sending and receiving
 * events between AWS Regions"): so other regions send to the bus of the queue's region, and the rule there to the queue.
 */
export function buildEventRules(queue: EventQueue, prefix: string, regions: readonly string[]): EventRules {
  const partition = partitionOf(queue.region)
  const name = `${prefix}-training-jobs`
  const pattern = {
    source: ["aws.sagemaker"],
    "detail-type": ["SageMaker Training Job State Change"],
    detail: { TrainingJobName: [{ prefix: `${prefix}-` }] },
  }
  const elsewhere = regions.filter((region) => region !== queue.region)
  const bus = `arn:${partition}:events:${queue.region}:${queue.account}:event-bus/default`
  const roleName = `${prefix}-events`
  const roleArn = `arn:${partition}:iam::${queue.account}:role/${roleName}`
  const ruleArn = (region: string) => `arn:${partition}:events:${region}:${queue.account}:rule/${name}`
  return {
    rules: [
      { region: queue.region, name, pattern, target: { id: "queue", arn: queue.arn, roleArn: null } },
      ...elsewhere.map((region) => ({ region, name, pattern, target: { id: "home", arn: bus, roleArn } })),
    ],
    queuePolicy: {
      Version: VERSION,
      Statement: [
        {
          Sid: "EventsOfTrainingJobs",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": ruleArn(queue.region) } },
        },
      ],
    },
    role:
      elsewhere.length === 0
        ? null
        : {
            name: roleName,
            trust: {
              Version: VERSION,
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { Service: "events.amazonaws.com" },
                  Action: "sts:AssumeRole",
                  Condition: { ArnEquals: { "aws:SourceArn": elsewhere.map(ruleArn) } },
                },
              ],
            },
            policy: { Version: VERSION, Statement: [{ Effect: "Allow", Action: "events:PutEvents", Resource: bus }] },
          },
  }
}
