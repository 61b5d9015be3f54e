import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  type S3Client,
} from "@aws-sdk/client-s3"
import { isRegattaError, RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import { awsError, errorName, statusOf } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { expectedOwner } from "../../aws/default-bucket.ts"
import { parseS3Uri } from "./s3-uri.ts"

export interface BucketOptions {
  readonly clients: ByRegion<S3Client>
  readonly account: string
  /** Whether a default bucket that is missing is made, as the SageMaker SDK does: for commands, never for workers. */
  readonly createBuckets: boolean
}

/** Where buckets are and whose they are. What was learned is kept: a bucket does not move. */
export class Buckets {
  readonly #options: BucketOptions
  readonly #regions = new Map<string, Promise<string | null>>()
  /** Buckets whose region was told together with a refusal. */
  readonly #refused = new Map<string, RegattaError>()

  constructor(options: BucketOptions) {
    this.#options = options
  }

  /** Whether the bucket bears the name of a default bucket of this account. */
  isDefault(bucket: string): boolean {
    return expectedOwner(bucket, this.#options.account) !== null
  }

  /** `ExpectedBucketOwner` for each call to a default bucket. */
  owner(bucket: string): { readonly ExpectedBucketOwner?: string } {
    const owner = expectedOwner(bucket, this.#options.account)
    return owner === null ? {} : { ExpectedBucketOwner: owner }
  }

  /** The bucket's region, asked of any region of the partition; null: there is no such bucket. Errors `denied`, `unavailable`. */
  regionOf(bucket: string, askedIn: string): Promise<string | null> {
    const known = this.#regions.get(bucket)
    if (known !== undefined) return known
    const asked = this.#askRegion(bucket, askedIn)
    this.#regions.set(bucket, asked)
    const forget = () => this.#regions.delete(bucket)
    asked.then((region) => region === null && forget(), forget)
    return asked
  }

  /** As `regionOf`, for whoever asks whether the bucket may be used: a refusal that names the region is `denied` too, with `bucketRegion` among its fields. */
  async usableRegionOf(bucket: string, askedIn: string): Promise<string | null> {
    const region = await this.regionOf(bucket, askedIn)
    const refused = this.#refused.get(bucket)
    if (refused !== undefined) throw refused
    return region
  }

  /** Before a write: the bucket is there, in the region; a missing default bucket is made where that is allowed. */
  async prepare(bucket: string, region: string): Promise<void> {
    const found = await this.#regionIfTold(bucket, region)
    if (found === region || found === undefined) return
    if (found !== null) throw wrongRegion(bucket, found, region)
    if (this.#options.createBuckets && this.isDefault(bucket)) {
      return this.#create(bucket, region)
    }
    throw new RegattaError("notFound", `there is no bucket ${bucket}, asked in ${region}`, {
      hint: `make it: aws s3 mb s3://${bucket} --region ${region}`,
      fields: { bucket, region },
    })
  }

  /** The error of a call on an object, with both regions where its bucket lies elsewhere. `doing` is a verb. */
  async errorOf(error: unknown, doing: string, uri: Uri, region: string): Promise<RegattaError> {
    const { bucket } = parseS3Uri(uri)
    if (mayBeElsewhere(error)) {
      const found = bucketRegionIn(error) ?? (await this.#regionIfTold(bucket, region))
      if (typeof found === "string" && found !== region) return wrongRegion(bucket, found, region)
    }
    const failure = awsError(error, `${doing} ${uri}`, { uri, region })
    if (failure.code !== "denied" || failure.hint !== null || !this.isDefault(bucket)) {
      return failure
    }
    return new RegattaError("denied", failure.message, {
      fields: failure.fields,
      cause: error,
      hint: `it must belong to account ${this.#options.account}, and the caller must be allowed to use it`,
    })
  }

  /** undefined: the caller may not ask; the write itself will tell. */
  async #regionIfTold(bucket: string, region: string): Promise<string | null | undefined> {
    try {
      return await this.regionOf(bucket, region)
    } catch (error) {
      if (isRegattaError(error, "denied")) return undefined
      throw error
    }
  }

  async #askRegion(bucket: string, askedIn: string): Promise<string | null> {
    const client = this.#options.clients.in(askedIn)
    try {
      const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket, ...this.owner(bucket) }))
      return BucketRegion ?? askedIn
    } catch (error) {
      if (statusOf(error) === 404) return null
      const told = bucketRegionIn(error)
      if (statusOf(error) === 403) {
        const refused = this.#refusal(error, bucket, askedIn, told)
        if (told === null || refused.code !== "denied") throw refused
        this.#refused.set(bucket, refused)
      }
      if (told !== null) return told
      throw awsError(error, `ask where the bucket s3://${bucket} is`, { bucket, region: askedIn })
    }
  }

  #refusal(error: unknown, bucket: string, askedIn: string, told: string | null): RegattaError {
    const failure = awsError(error, `use the bucket s3://${bucket}`, { bucket, region: askedIn })
    if (failure.code !== "denied") return failure
    const owner = this.isDefault(bucket) ? `not of account ${this.#options.account}` : "another account's"
    return new RegattaError("denied", `${failure.message}: it is ${owner}, or the caller lacks s3:ListBucket on it`, {
      fields: { ...failure.fields, ...(told === null ? {} : { bucketRegion: told }) },
      cause: error,
      ...(failure.hint === null ? {} : { hint: failure.hint }),
    })
  }

  async #create(bucket: string, region: string): Promise<void> {
    // us-east-1 is what a missing location means, and may not be named.
    const location = { LocationConstraint: region as BucketLocationConstraint }
    try {
      await this.#options.clients.in(region).send(
        new CreateBucketCommand({
          Bucket: bucket,
          ...(region === "us-east-1" ? {} : { CreateBucketConfiguration: location }),
        }),
      )
    } catch (error) {
      if (errorName(error) !== "BucketAlreadyOwnedByYou") {
        throw awsError(error, `create the bucket s3://${bucket}`, { bucket, region })
      }
    }
    this.#regions.set(bucket, Promise.resolve(region))
  }
}

/** Whether the bucket may lie in another region than the one that was asked; the answer to a HEAD has no text and may be a bare 400. */
function mayBeElsewhere(error: unknown): boolean {
  const status = statusOf(error)
  if (status === 301 || status === 307 || status === 400 || bucketRegionIn(error) !== null) return true
  return /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint)/.test(
    errorName(error),
  )
}

/** The region that an error's answer names. Every answer about a bucket may have it as a header, even a denial. */
function bucketRegionIn(error: unknown): string | null {
  const { $response, Region } = (error ?? {}) as {
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
    readonly Region?: unknown
  }
  const region = $response?.headers?.["x-amz-bucket-region"] ?? Region
  return typeof region === "string" && region !== "" ? region : null
}

function wrongRegion(bucket: string, found: string, region: string): RegattaError {
  return new RegattaError("invalid", `the bucket ${bucket} is in ${found}, not in ${region}`, {
    hint: `a training job uses buckets of its own region only: name one in ${region}, or train in ${found}`,
    fields: { bucket, region, bucketRegion: found },
  })
}
