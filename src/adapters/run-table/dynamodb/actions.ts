/** Actions of IAM on a table of ours and on its indexes, by who uses it. Nothing is scanned, and nothing is deleted. */
export const TABLE_ACTIONS = {
  /** A worker or follower: it neither makes nor describes the table. */
  worker: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
  /** A person's commands: the first one makes the table. */
  command: [
    "dynamodb:BatchGetItem",
    "dynamodb:CreateTable",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
  ],
} as const

/** ARNs that the actions are for: the table, and its indexes for Query. */
export function tableArns(table: string, region: string, account: string, partition: string): readonly string[] {
  const arn = `arn:${partition}:dynamodb:${region}:${account}:table/${table}`
  return [arn, `${arn}/index/*`]
}
