/** IAM actions on Batch by who calls: what `policy` grants. None of them but those on jobs, queues and definitions can be bound to a resource. */
export const BATCH_ACTIONS = {
  /** Whether its own job was ended by a person, and whether another worker's attempt is over. */
  worker: ["batch:DescribeJobs"],
  follower: ["batch:DescribeJobs", "batch:ListJobs"],
  /** `submit`, `retry` and `stop`; registering also needs iam:PassRole for batch.job_role and batch.execution_role. */
  command: [
    "batch:DescribeComputeEnvironments",
    "batch:DescribeJobDefinitions",
    "batch:DescribeJobQueues",
    "batch:DescribeJobs",
    "batch:ListJobs",
    "batch:RegisterJobDefinition",
    "batch:SubmitJob",
    "batch:TagResource",
    "batch:TerminateJob",
  ],
} as const
