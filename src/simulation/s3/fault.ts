import type { ServiceFault } from "../service-model.ts"

/** An error of S3; of a bucket of another region it also says which. */
export interface S3Fault extends ServiceFault {
  /** `x-amz-bucket-region`. */
  readonly bucketRegion?: string
  /** Further members of the error's document: `BucketName`, `Key`, `Endpoint`, … */
  readonly members?: Readonly<Record<string, unknown>>
}

/** Thrown inside the model, and answered by it. */
export class S3Refusal extends Error {
  readonly fault: S3Fault

  constructor(status: number, name: string, message: string, more: Pick<S3Fault, "bucketRegion" | "members"> = {}) {
    super(message)
    this.fault = { status, name, message, ...more }
  }
}

export function noSuchKey(key: string): S3Refusal {
  return new S3Refusal(404, "NoSuchKey", "The specified key does not exist.", { members: { Key: key } })
}

export function noSuchBucket(bucket: string): S3Refusal {
  return new S3Refusal(404, "NoSuchBucket", "The specified bucket does not exist", { members: { BucketName: bucket } })
}

export function preconditionFailed(condition: string): S3Refusal {
  return new S3Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    members: { Condition: condition },
  })
}

export function accessDenied(): S3Refusal {
  return new S3Refusal(403, "AccessDenied", "Access Denied")
}

export function invalidArgument(message: string, name: string, value: string): S3Refusal {
  return new S3Refusal(400, "InvalidArgument", message, { members: { ArgumentName: name, ArgumentValue: value } })
}
