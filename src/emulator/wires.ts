import type { Wire } from "./exchange.ts"
import { s3Wire } from "./s3/s3-wire.ts"
import { batchWire, jsonWire } from "./wire/json-wire.ts"
import { queryWire } from "./wire/query-wire.ts"
import { sagemakerWire } from "./wire/sagemaker-wire.ts"
import { schedulerWire } from "./wire/scheduler-wire.ts"

const BATCH_OPERATIONS = [
  "RegisterJobDefinition",
  "DeregisterJobDefinition",
  "DescribeJobDefinitions",
  "CreateComputeEnvironment",
  "DescribeComputeEnvironments",
  "CreateJobQueue",
  "DescribeJobQueues",
  "SubmitJob",
  "DescribeJobs",
  "ListJobs",
  "TerminateJob",
  "CancelJob",
] as const

/** The protocol of each service, by its signing name, as the SDK's own clients speak it. */
export const WIRES: Readonly<Record<string, Wire>> = {
  s3: s3Wire,
  batch: batchWire(BATCH_OPERATIONS),
  scheduler: schedulerWire,
  sagemaker: sagemakerWire,
  logs: jsonWire,
  servicequotas: jsonWire,
  pricing: jsonWire,
  ecr: jsonWire,
  dynamodb: jsonWire,
  sqs: jsonWire,
  sts: queryWire("https://sts.amazonaws.com/doc/2011-06-15/"),
  sns: queryWire("http://sns.amazonaws.com/doc/2010-03-31/"),
  iam: queryWire("https://iam.amazonaws.com/doc/2010-05-08/"),
}
