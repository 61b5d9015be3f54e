import type { ThrottleRule } from "../core/config/fault-rules.ts"

/**
 * Requests a second in each region. Published: ListTrainingJobs, 2 a second, not adjustable [aws-solutions/deepracer-on-aws
 * #87]; SubmitJob, 50 a second [Batch service quotas]. For the others nothing is published: CreateTrainingJob was seen to
 * throttle from five callers at once on [sagemaker-python-sdk#645, syne-tune#339], and the rest are assumed.
 */
export const SERVICE_RATES: readonly ThrottleRule[] = [
  { service: "sagemaker", operation: "CreateTrainingJob", rate: 5, burst: 10 },
  { service: "sagemaker", operation: "DescribeTrainingJob", rate: 40, burst: 80 },
  { service: "sagemaker", operation: "StopTrainingJob", rate: 5, burst: 10 },
  { service: "sagemaker", operation: "ListTrainingJobs", rate: 2, burst: 4 },
  { service: "sagemaker", operation: "ListTags", rate: 20, burst: 40 },
  { service: "batch", operation: "SubmitJob", rate: 50 },
  { service: "batch", operation: "DescribeJobs", rate: 50, burst: 100 },
  { service: "batch", operation: "ListJobs", rate: 20, burst: 40 },
  // A table on demand takes 4,000 writes a second at first [DynamoDB developer guide]: so few that they are met.
  { service: "dynamodb", operation: "TransactWriteItems", rate: 5, burst: 5 },
]
