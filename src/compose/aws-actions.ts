import type { Grantee, IamAction } from "../core/policy/iam-action.ts"

/** What all adapters of aws may ask for, as each lists it. */
export async function awsActions(): Promise<readonly IamAction[]> {
  const [{ SAGEMAKER_ACTIONS }, { S3_ACTIONS }, { BATCH_ACTIONS }, { TABLE_ACTIONS }, { CLOUDWATCH_ACTIONS }] =
    await Promise.all([
      import("../adapters/training-service/sagemaker/actions.ts"),
      import("../adapters/object-store/s3/actions.ts"),
      import("../adapters/array-queue/aws-batch/actions.ts"),
      import("../adapters/run-table/dynamodb/actions.ts"),
      import("../adapters/job-logs/cloudwatch/actions.ts"),
    ])
  const { MODEL_ACTIONS } = await import("../adapters/model-service/sagemaker/actions.ts")
  const { ENDPOINT_ACTIONS } = await import("../adapters/endpoint-service/sagemaker/actions.ts")
  const [{ QUOTA_ACTIONS }, { PRICE_ACTIONS }, { IMAGE_ACTIONS }, { ROLE_ACTIONS }] = await Promise.all([
    import("../adapters/quota-book/service-quotas/actions.ts"),
    import("../adapters/price-book/price-list/actions.ts"),
    import("../adapters/image-registry/ecr/actions.ts"),
    import("../adapters/role-book/iam/actions.ts"),
  ])
  const { SCHEDULE_ACTIONS } = await import("../adapters/schedule-service/eventbridge/actions.ts")
  const { EVENT_ACTIONS } = await import("../adapters/job-events/sqs/actions.ts")
  const { NOTICE_ACTIONS } = await import("../adapters/notice-channel/sns/actions.ts")
  const onTable = (action: string, by: Grantee) =>
    ({ action, resource: "table", usedBy: [by], why: "keeps the truth of every row" }) as const
  return [
    ...SAGEMAKER_ACTIONS,
    ...MODEL_ACTIONS,
    ...ENDPOINT_ACTIONS,
    ...S3_ACTIONS,
    ...TABLE_ACTIONS.worker.map((action) => onTable(action, "worker")),
    ...TABLE_ACTIONS.command.map((action) => onTable(action, "command")),
    ...BATCH_ACTIONS,
    ...CLOUDWATCH_ACTIONS,
    ...QUOTA_ACTIONS,
    ...PRICE_ACTIONS,
    ...IMAGE_ACTIONS,
    ...ROLE_ACTIONS,
    ...EVENT_ACTIONS,
    ...NOTICE_ACTIONS,
    ...SCHEDULE_ACTIONS,
  ]
}
