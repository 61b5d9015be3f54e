// Objects in S3, by `s3://` URIs, each in the region that its ref names.
// Refuses to write over an object, to give bytes other than those that were pinned, and to use a bucket of another region.
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3"
import { RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { ObjectRef } from "../../../core/run/run.ts"
import type { CopiedObject, CopyOptions, ObjectStore, StoredObject } from "../../../ports/object-store.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsFault, errorName, statusOf } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { homeIn } from "../../aws/default-bucket.ts"
import { type BucketOptions, Buckets } from "./buckets.ts"
import { type CollectedBody, collectBody } from "./collect-body.ts"
import { ObjectCopies } from "./copy-object.ts"
import { COPY_LIMITS, type CopyLimits } from "./copy-plan.ts"
import { removeObjects } from "./remove-objects.ts"
import { parseS3Uri, s3Uri } from "./s3-uri.ts"
import { dropUpload, unfinishedUploads } from "./unfinished-uploads.ts"
import { PART_BYTES, upload } from "./upload.ts"

/** Breaks of one download in a row without a byte between them, beyond the client's own repetitions. */
const MOST_BREAKS = 4
/** Writers of one key at once may each be told 409; one of them gets through. */
const MOST_RACES = 6
const RACE_PAUSE_MS = 200

export interface S3StoreOptions extends BucketOptions {
  readonly prefix: string
  /** `storage.code` of regatta.yaml; null: the SageMaker SDK's default bucket. */
  readonly codeLocation: string | null
  /** Region in which it is asked where a bucket is: every region of a partition knows. */
  readonly home: string
  readonly clock: Clock
  /** Clients for requests that are answered once S3 has copied their bytes; missing: `clients`. */
  readonly copying?: ByRegion<S3Client>
  /** Missing: COPY_LIMITS. */
  readonly copyLimits?: CopyLimits
}

export class S3Store implements ObjectStore {
  readonly #options: S3StoreOptions
  readonly #buckets: Buckets
  readonly #copies: ObjectCopies

  constructor(options: S3StoreOptions) {
    this.#options = options
    this.#buckets = new Buckets(options)
    const { copying: clients = options.clients, copyLimits: limits = COPY_LIMITS, clock } = options
    this.#copies = new ObjectCopies({ clients, buckets: this.#buckets, limits, clock })
  }

  home(region: string): Uri {
    return homeIn(region, this.#options)
  }

  /** A bucket's region; null: there is no such bucket. Errors `denied`, `unavailable`. */
  bucketRegion(bucket: string): Promise<string | null> {
    return this.#buckets.usableRegionOf(bucket, this.#options.home)
  }

  async put(name: Uri | (() => Uri), region: string, body: AsyncIterable<Uint8Array>): Promise<ObjectRef> {
    if (typeof name === "string") parseS3Uri(name)
    const collected = await collectBody(body, PART_BYTES)
    try {
      const uri = typeof name === "function" ? name() : name
      return await this.#write(uri, region, collected)
    } finally {
      await collected.drop()
    }
  }

  async read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array> {
    if (to > ref.bytes) throw beyond(ref, from, to)
    const chunks: Uint8Array[] = []
    for await (const chunk of this.#bytes(ref, from, to)) chunks.push(chunk)
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  }

  async *stream(ref: ObjectRef): AsyncGenerator<Uint8Array> {
    // An empty object has no range: it is asked for whole, so that one which is gone or changed is seen.
    if (ref.bytes === 0) yield* await this.#open(ref, null)
    else yield* this.#bytes(ref, 0, ref.bytes)
  }

  async stat(uri: Uri, region: string): Promise<ObjectRef | null> {
    const { bucket, key } = parseS3Uri(uri)
    // A key that ends in a slash is how consoles make folders.
    if (key === "" || key.endsWith("/")) return null
    try {
      const { ETag, ContentLength } = await this.#client(region).send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ...this.#buckets.owner(bucket) }),
      )
      return { uri, region, etag: ETag ?? "", bytes: ContentLength ?? 0 }
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw await this.#buckets.errorOf(error, "look at", uri, region)
    }
  }

  async *list(prefix: Uri, region: string): AsyncGenerator<StoredObject> {
    const { bucket, key } = parseS3Uri(prefix)
    let token: string | undefined
    do {
      const page = await this.#page(bucket, key, region, token)
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        if (Key !== undefined) yield { uri: s3Uri(bucket, Key), bytes: Size ?? 0, etag: ETag ?? "" }
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  copy(source: ObjectRef, target: Uri, region: string, options: CopyOptions): Promise<CopiedObject> {
    return this.#copies.copy(source, target, region, options)
  }

  async remove(uris: readonly Uri[], region: string): Promise<void> {
    const byBucket = Map.groupBy(uris, (uri) => parseS3Uri(uri).bucket)
    for (const [bucket, members] of byBucket) {
      const at = { Bucket: bucket, ...this.#buckets.owner(bucket) }
      try {
        await removeObjects(
          this.#client(region),
          at,
          members.map((uri) => parseS3Uri(uri).key),
        )
      } catch (error) {
        if (errorName(error) !== "NoSuchBucket")
          throw await this.#buckets.errorOf(error, "delete", members[0] ?? s3Uri(bucket, ""), region)
      }
    }
  }

  async dropUnfinished(prefix: Uri, region: string): Promise<number> {
    const { bucket, key } = parseS3Uri(prefix)
    const at = { Bucket: bucket, ...this.#buckets.owner(bucket) }
    let dropped = 0
    try {
      for await (const { Key, UploadId } of unfinishedUploads(this.#client(region), at, key)) {
        await dropUpload(this.#client(region), { ...at, Key, UploadId })
        dropped += 1
      }
    } catch (error) {
      if (errorName(error) !== "NoSuchBucket")
        throw await this.#buckets.errorOf(error, "drop unfinished uploads below", prefix, region)
    }
    return dropped
  }

  /** The condition is the service's: of all who write one name at once, one writes. */
  async #write(uri: Uri, region: string, body: CollectedBody): Promise<ObjectRef> {
    const { bucket, key } = parseS3Uri(uri)
    await this.#buckets.prepare(bucket, region)
    const { clock } = this.#options
    const to = { Bucket: bucket, Key: key, ...this.#buckets.owner(bucket) }
    for (let race = 1; ; race += 1) {
      try {
        const etag = await upload(this.#client(region), to, body)
        return { uri, region, etag, bytes: body.bytes }
      } catch (error) {
        if (statusOf(error) === 412) return this.#sameObject(uri, region, body)
        // A repeated Complete whose first answer was lost: the upload is gone, and the object is there.
        if (errorName(error) === "NoSuchUpload" && (await this.stat(uri, region)) !== null) {
          return this.#sameObject(uri, region, body)
        }
        if (statusOf(error) !== 409 || race === MOST_RACES) {
          throw error instanceof RegattaError ? error : await this.#buckets.errorOf(error, "write", uri, region)
        }
      }
      await clock.sleep(clock.now() + RACE_PAUSE_MS * race)
    }
  }

  /** The object that has the name already, if it has these bytes. */
  async #sameObject(uri: Uri, region: string, body: CollectedBody): Promise<ObjectRef> {
    const found = await this.stat(uri, region)
    if (found === null) {
      throw new RegattaError("unavailable", `cannot write ${uri}: it was there a moment ago and is not any more`, {
        fields: { uri, region },
      })
    }
    if (found.bytes !== body.bytes) throw otherBytes(uri, region)
    const stored = await collectBody(this.stream(found), 0)
    await stored.drop()
    if (stored.sha256 !== body.sha256) throw otherBytes(uri, region)
    return found
  }

  /** Bytes `[from, to)`; a connection that breaks is taken up again where it broke, under the same condition. */
  async *#bytes(ref: ObjectRef, from: number, to: number): AsyncGenerator<Uint8Array> {
    let at = from
    let breaks = 0
    while (at < to) {
      try {
        for await (const chunk of await this.#open(ref, [at, to])) {
          at += chunk.length
          breaks = 0
          yield chunk
        }
        breaks += 1
      } catch (error) {
        breaks += 1
        if (error instanceof RegattaError) throw error
        if (breaks >= MOST_BREAKS || awsFault(error) !== "unanswered") throw await this.#readError(error, ref)
      }
      if (breaks >= MOST_BREAKS) throw await this.#readError(new Error("the answer ends before its last byte"), ref)
    }
  }

  async #open(ref: ObjectRef, range: readonly [from: number, to: number] | null): Promise<AsyncIterable<Uint8Array>> {
    const { bucket, key } = parseS3Uri(ref.uri)
    try {
      const { Body } = await this.#client(ref.region).send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          IfMatch: ref.etag,
          ...(range === null ? {} : { Range: `bytes=${range[0]}-${range[1] - 1}` }),
          ...this.#buckets.owner(bucket),
        }),
      )
      // In Node the SDK gives a Readable, which must be read or destroyed; `for await` does either.
      return Body as unknown as AsyncIterable<Uint8Array>
    } catch (error) {
      if (statusOf(error) === 412) throw changed(ref)
      throw await this.#readError(error, ref)
    }
  }

  async #page(
    bucket: string,
    prefix: string,
    region: string,
    token: string | undefined,
  ): Promise<ListObjectsV2CommandOutput> {
    try {
      return await this.#client(region).send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
          ...this.#buckets.owner(bucket),
        }),
      )
    } catch (error) {
      // Nobody has written to a default bucket that is not there; of any other name it may be a slip.
      if (errorName(error) === "NoSuchBucket" && this.#buckets.isDefault(bucket)) return { $metadata: {} }
      throw await this.#buckets.errorOf(error, "list", s3Uri(bucket, prefix), region)
    }
  }

  #readError(error: unknown, { uri, region }: ObjectRef): Promise<RegattaError> {
    return this.#buckets.errorOf(error, "read", uri, region)
  }

  #client(region: string) {
    return this.#options.clients.in(region)
  }
}

function changed({ uri, region }: ObjectRef): RegattaError {
  return new RegattaError("changed", `${uri} is not the object that was pinned: it was written over`, {
    hint: "put the old object back, or submit the manifest again: that is a new run",
    fields: { uri, region },
  })
}

function otherBytes(uri: Uri, region: string): RegattaError {
  return new RegattaError("conflict", `cannot write ${uri}: other bytes lie there already`, {
    hint: "that object was changed after it was written; move it away, then run the command again",
    fields: { uri, region },
  })
}

function beyond({ uri, bytes, region }: ObjectRef, from: number, to: number): RegattaError {
  return new RegattaError("notFound", `${uri} has ${bytes} bytes: there is no range ${from}-${to}`, {
    fields: { uri, region },
  })
}
