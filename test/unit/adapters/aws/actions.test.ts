import { globSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { compose } from "../../../../src/compose/compose.ts"
import type { IamAction } from "../../../../src/core/policy/iam-action.ts"
import { aShell } from "../../../fake-shell.ts"

const ADAPTERS = resolve(import.meta.dirname, "../../../../src/adapters")

/** Adapters of aws by folder, with the prefix of their service's actions. */
const SERVICES = {
  "training-service/sagemaker": "sagemaker",
  "model-service/sagemaker": "sagemaker",
  "endpoint-service/sagemaker": "sagemaker",
  "object-store/s3": "s3",
  "run-table/dynamodb": "dynamodb",
  "array-queue/aws-batch": "batch",
  "queue-check/aws-batch": "batch",
  "job-logs/cloudwatch": "logs",
  "quota-book/service-quotas": "servicequotas",
  "price-book/price-list": "pricing",
  "image-registry/ecr": "ecr",
  "role-book/iam": "iam",
  "job-events/sqs": "sqs",
  "notice-channel/sns": "sns",
  "schedule-service/eventbridge": "scheduler",
} as const

/** Commands whose action has another name (source: Service Authorization Reference). A transaction needs the rights of what it writes. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "s3 HeadObject": ["s3:GetObject"],
  "s3 HeadBucket": ["s3:ListBucket"],
  "s3 ListObjectsV2": ["s3:ListBucket"],
  "s3 CreateMultipartUpload": ["s3:PutObject"],
  "s3 UploadPart": ["s3:PutObject"],
  "s3 CompleteMultipartUpload": ["s3:PutObject"],
  "s3 CopyObject": ["s3:GetObject", "s3:PutObject"],
  "s3 UploadPartCopy": ["s3:GetObject", "s3:PutObject"],
  "s3 ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
  "s3 ListParts": ["s3:ListMultipartUploadParts"],
  "s3 DeleteObjects": ["s3:DeleteObject"],
  "dynamodb Get": ["dynamodb:GetItem"],
  "dynamodb Put": ["dynamodb:PutItem"],
  "dynamodb Update": ["dynamodb:UpdateItem"],
  "dynamodb BatchGet": ["dynamodb:BatchGetItem"],
  "sqs DeleteMessageBatch": ["sqs:DeleteMessage"],
  "dynamodb TransactWrite": ["dynamodb:PutItem", "dynamodb:UpdateItem"],
}

/** Needed by a call of another name: a create that has tags or a role. */
const IMPLIED = ["sagemaker:AddTags", "iam:PassRole", "batch:TagResource"]

async function listed(): Promise<readonly IamAction[]> {
  const ports = compose({ on: "aws", table: "dynamodb:regatta", stateFolder: "/none", home: "us-east-1" }, aShell())
  return (await ports.actions?.()) ?? []
}

/** Actions that the code of the adapters asks for, by the commands that it sends. */
function sent(): ReadonlySet<string> {
  const actions = new Set<string>()
  for (const [folder, service] of Object.entries(SERVICES)) {
    for (const file of globSync("**/*.ts", { cwd: join(ADAPTERS, folder) })) {
      const text = readFileSync(join(ADAPTERS, folder, file), "utf8")
      for (const [, command = ""] of text.matchAll(/new ([A-Z]\w+)Command\(/g)) {
        for (const action of OTHER_NAMES[`${service} ${command}`] ?? [`${service}:${command}`]) actions.add(action)
      }
    }
  }
  return actions
}

describe("permissions that the adapters list", () => {
  test("cover every command that their code sends", async () => {
    const known = new Set((await listed()).map(({ action }) => action))
    expect(sent().size).toBeGreaterThan(20)
    expect([...sent()].filter((action) => !known.has(action))).toEqual([])
  })

  test("are used by some command each", async () => {
    const unused = (await listed()).map(({ action }) => action).filter((action) => !sent().has(action))
    expect([...new Set(unused)].filter((action) => !IMPLIED.includes(action))).toEqual([])
  })

  test("give a worker no right to submit, register, delete or make, but for events that it was told and endpoints of its steps", async () => {
    const worker = (await listed()).filter(({ usedBy }) => usedBy.includes("worker")).map(({ action }) => action)
    expect(worker).toContain("sagemaker:CreateTrainingJob")
    expect(
      worker.filter((action) =>
        /:(?:Delete(?!Message|Endpoint)|Submit|Register|Terminate|CreateTable|CreateBucket|Put(?!Item))/.test(action),
      ),
    ).toEqual([])
  })
})
