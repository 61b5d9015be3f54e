import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of the S3 adapter. */
export const S3_ACTIONS: readonly IamAction[] = [
  {
    action: "s3:GetObject",
    resource: "object",
    usedBy: ["worker", "command"],
    why: "reads pinned rows, and artifacts for `download`",
  },
  {
    action: "s3:ListBucket",
    resource: "bucket",
    usedBy: ["worker", "command"],
    why: "tells a missing object from a forbidden one, lists inputs, asks for a bucket's region",
  },
  { action: "s3:PutObject", resource: "object", usedBy: ["command"], why: "stores pinned rows and code" },
  {
    action: "s3:AbortMultipartUpload",
    resource: "object",
    usedBy: ["command"],
    why: "takes back the parts of an upload that failed",
  },
  {
    action: "s3:CreateBucket",
    resource: "bucket",
    usedBy: ["command"],
    why: "makes the SageMaker SDK's default bucket where it is missing",
  },
  {
    action: "s3:GetObject",
    resource: "copied",
    usedBy: ["command"],
    why: "copies data to another region, and compares the copy with it",
  },
  { action: "s3:PutObject", resource: "copy", usedBy: ["command"], why: "makes copies of data in other regions" },
  { action: "s3:GetObject", resource: "copy", usedBy: ["command"], why: "compares a copy with its source" },
  {
    action: "s3:ListMultipartUploadParts",
    resource: "copy",
    usedBy: ["command"],
    why: "goes on with a copy that was cut short",
  },
  { action: "s3:AbortMultipartUpload", resource: "copy", usedBy: ["command"], why: "drops a copy that was cut short" },
  { action: "s3:DeleteObject", resource: "copy", usedBy: ["command"], why: "`copies remove`" },
  { action: "s3:DeleteObject", resource: "scheduleCopy", usedBy: ["command"], why: "`schedule remove`" },
  {
    action: "s3:ListBucketMultipartUploads",
    resource: "copyBucket",
    usedBy: ["command"],
    why: "finds copies that were cut short",
  },
]
