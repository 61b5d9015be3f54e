import { CopyObjectCommand, type S3Client } from "@aws-sdk/client-s3"
import pLimit from "p-limit"
import { RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { ObjectRef } from "../../../core/run/run.ts"
import type { CopiedObject, CopyOptions } from "../../../ports/object-store.ts"
import type { Clock } from "../../../ports/world.ts"
import { errorName, statusOf } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import type { Buckets } from "./buckets.ts"
import { type CopyFrom, copyInParts } from "./copy-parts.ts"
import { type CopyLimits, type CopyPlan, partsInEtag, planCopy } from "./copy-plan.ts"
import { judgeCopy } from "./copy-verdict.ts"
import { lookAtObject, type SeenObject } from "./look-at-object.ts"
import { parseS3Uri } from "./s3-uri.ts"
import type { UploadTarget } from "./upload.ts"

/** Requests that move bytes, at once in all: S3 takes 3,500 writes a second of one prefix, and each of these lasts seconds. */
const MOST_AT_ONCE = 32
/** Writers of one key at once may each be told 409, and an upload may end under its second copier; one of them gets through. */
const MOST_RACES = 6
const RACE_PAUSE_MS = 200

export interface ObjectCopiesOptions {
  /** Clients that wait long for an answer: it comes when the bytes are copied. */
  readonly clients: ByRegion<S3Client>
  readonly buckets: Buckets
  readonly limits: CopyLimits
  readonly clock: Clock
}

interface Job {
  readonly source: ObjectRef
  readonly target: Uri
  readonly region: string
  readonly from: CopyFrom
  readonly to: UploadTarget
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/** Copies objects inside S3: the target's region reads from the source's bucket, and no byte comes here. */
export class ObjectCopies {
  readonly #options: ObjectCopiesOptions
  readonly #limit = pLimit(MOST_AT_ONCE)

  constructor(options: ObjectCopiesOptions) {
    this.#options = options
  }

  async copy(source: ObjectRef, target: Uri, region: string, options: CopyOptions): Promise<CopiedObject> {
    const { buckets } = this.#options
    const [there, here] = [parseS3Uri(source.uri), parseS3Uri(target)]
    await buckets.prepare(here.bucket, region)
    const owner = buckets.owner(there.bucket).ExpectedBucketOwner
    const from = {
      CopySource: `${there.bucket}/${there.key.split("/").map(encodeURIComponent).join("/")}`,
      CopySourceIfMatch: source.etag,
      ...(owner === undefined ? {} : { ExpectedSourceBucketOwner: owner }),
    }
    const to = { Bucket: here.bucket, Key: here.key, ...buckets.owner(here.bucket) }
    const { signal, onBytes = () => {} } = options
    return this.#copy({ source, target, region, from, to, signal, onBytes })
  }

  async #copy(job: Job): Promise<CopiedObject> {
    const { source, target, region, onBytes } = job
    // Of an object in one part the copy's ETag tells at once whether it is the same: nothing else need be asked.
    const isSimple = source.bytes <= this.#options.limits.wholeBytes && partsInEtag(source.etag) === null
    const seen = isSimple ? null : await this.#lookAtSource(job)
    const plan: CopyPlan = seen === null ? { kind: "whole" } : planCopy(seen, this.#options.limits)
    const made = await this.#make(job, seen, plan)
    if (made !== null && made === source.etag) {
      onBytes(source.bytes)
      return { ref: { uri: target, region, etag: made, bytes: source.bytes }, verified: "etag", wasThere: false }
    }
    const copy = await this.#lookAtTarget(job)
    if (copy === null) throw vanished(job)
    const verified = judgeCopy(seen ?? (await this.#lookAtSource(job)), copy)
    if (verified === "differs") throw otherBytes(job)
    onBytes(source.bytes)
    return { ref: { uri: target, region, etag: copy.etag, bytes: copy.bytes }, verified, wasThere: made === null }
  }

  /** The ETag of the copy that was made, empty where the answer does not tell; null: there was one. */
  async #make(job: Job, seen: SeenObject | null, plan: CopyPlan): Promise<string | null> {
    const { clock } = this.#options
    for (let race = 1; ; race += 1) {
      try {
        if (plan.kind === "whole" || seen === null) return await this.#whole(job)
        // Of a large object it is asked before anything is moved.
        if ((await this.#lookAtTarget(job)) !== null) return null
        const { source, target, region, ...same } = job
        await copyInParts({ ...same, source: seen, plan, client: this.#in(region), limit: this.#limit })
        return ""
      } catch (error) {
        if (statusOf(error) === 412) {
          if ((await this.#lookAtTarget(job)) !== null) return null
          throw changed(job.source)
        }
        const isRace = statusOf(error) === 409 || errorName(error) === "NoSuchUpload"
        if (!isRace || race === MOST_RACES) throw await this.#failed(error, job)
      }
      await clock.sleep(clock.now() + RACE_PAUSE_MS * race, job.signal)
    }
  }

  /** Tags and annotations stay behind: nothing here reads them, and taking them along needs rights of their own. */
  async #whole({ from, to, region, signal }: Job): Promise<string> {
    const command = new CopyObjectCommand({
      ...to,
      ...from,
      IfNoneMatch: "*",
      TaggingDirective: "REPLACE",
      AnnotationDirective: "EXCLUDE",
    })
    const { CopyObjectResult } = await this.#limit(() => this.#in(region).send(command, { abortSignal: signal }))
    return CopyObjectResult?.ETag ?? ""
  }

  async #lookAtSource(job: Job): Promise<SeenObject> {
    const { source, signal } = job
    const { bucket, key } = parseS3Uri(source.uri)
    const at = { Bucket: bucket, Key: key, ...this.#options.buckets.owner(bucket) }
    try {
      return await lookAtObject(this.#in(source.region), at, source.etag, signal)
    } catch (error) {
      if (statusOf(error) === 412) throw changed(source)
      throw await this.#options.buckets.errorOf(error, "copy", source.uri, source.region)
    }
  }

  /** null: there is none. */
  async #lookAtTarget(job: Job): Promise<SeenObject | null> {
    try {
      return await lookAtObject(this.#in(job.region), job.to, null, job.signal)
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw await this.#failed(error, job)
    }
  }

  async #failed(error: unknown, { source, target, region }: Job): Promise<RegattaError> {
    if (error instanceof RegattaError) return error
    return this.#options.buckets.errorOf(error, `copy ${source.uri} (${source.region}) to`, target, region)
  }

  #in(region: string): S3Client {
    return this.#options.clients.in(region)
  }
}

function changed({ uri, region }: ObjectRef): RegattaError {
  return new RegattaError("changed", `${uri} is not the object that was to be copied: it was written over`, {
    hint: "put the old object back, or submit the manifest again: that is a new run",
    fields: { uri, region },
  })
}

function otherBytes({ source, target, region }: Job): RegattaError {
  return new RegattaError("conflict", `${target} is not a copy of ${source.uri}: size or checksum differ`, {
    hint: "it was written over; remove the copy with `regatta copies remove`, or by hand, and it is made anew",
    fields: { uri: target, region },
  })
}

function vanished({ target, region }: Job): RegattaError {
  return new RegattaError("unavailable", `${target} was copied and is not there any more`, {
    fields: { uri: target, region },
  })
}
