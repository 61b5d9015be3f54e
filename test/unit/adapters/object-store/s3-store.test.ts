import { Readable } from "node:stream"
import { beforeEach, describe, expect, test } from "vitest"
import { S3Store, type S3StoreOptions } from "../../../../src/adapters/object-store/s3/s3-store.ts"
import { isRegattaError } from "../../../../src/core/errors.ts"
import type { Uri } from "../../../../src/core/ids.ts"
import { aWorld } from "../../../builders.ts"
import { awsFailure, lostAnswer } from "../../../fakes/aws-fault.ts"
import { FakeS3 } from "../../../fakes/fake-s3.ts"

const REGION = "eu-west-1"
const MIB = 1024 * 1024
let s3: FakeS3

beforeEach(() => {
  s3 = new FakeS3()
  s3.makeBucket("mine", REGION)
})

function store(difference: Partial<S3StoreOptions> = {}): S3Store {
  const { clients, account } = s3
  const { clock } = aWorld()
  return new S3Store({
    clients,
    account,
    prefix: "rg",
    codeLocation: null,
    createBuckets: false,
    home: REGION,
    clock,
    ...difference,
  })
}

async function* body(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const at = (key: string) => `s3://mine/${key}` as Uri
const put = (key: string, content: string) => store().put(at(key), REGION, body(Buffer.from(content)))
const failing = async (made: Promise<unknown>) => {
  const error = await made.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isRegattaError(error)) throw error ?? new Error("nothing was thrown")
  return error
}

describe("where objects are kept", () => {
  test("home is the SDK's default bucket of the region, or what storage.code says", () => {
    expect(store().home(REGION)).toBe("s3://sagemaker-eu-west-1-111122223333/rg/")
    expect(store({ codeLocation: "s3://code-{region}-{account}/x" }).home(REGION)).toBe(
      "s3://code-eu-west-1-111122223333/x/",
    )
  })

  test.each(["file:///a", "https://mine.s3.amazonaws.com/a", "s3:/mine/a"])("%s is unsupported", async (uri) => {
    expect((await failing(store().stat(uri as Uri, REGION))).code).toBe("unsupported")
    expect((await failing(store().put(uri as Uri, REGION, body()))).code).toBe("unsupported")
    expect(s3.sent).toEqual([])
  })
})

describe("buckets", () => {
  test.each(["put", "stat", "read", "list"] as const)(
    "one of another region is an error of %s that names both",
    async (how) => {
      const [made, uri] = [store(), "s3://far/a" as Uri]
      s3.makeBucket("far", "us-west-2")
      const ref = { uri, region: REGION, etag: '"e"', bytes: 3 }
      const calls = {
        put: () => made.put(uri, REGION, body()),
        stat: () => made.stat(uri, REGION),
        read: () => made.read(ref, 0, 3),
        list: () => collectUris(made, uri),
      }
      const error = await failing(calls[how]())
      expect(error.code).toBe("invalid")
      expect(error.message).toBe("the bucket far is in us-west-2, not in eu-west-1")
    },
  )

  test("a bare 400 to a HEAD is looked into", async () => {
    s3.makeBucket("far", "us-east-1")
    s3.before = ({ operation }) => {
      if (operation === "HeadObject") throw awsFailure("UnknownError", 400)
    }
    const error = await failing(store().stat("s3://far/a" as Uri, REGION))
    expect(error.message).toBe("the bucket far is in us-east-1, not in eu-west-1")
  })

  test("the region is asked once, and an unknown bucket has none", async () => {
    const made = store()
    expect(await made.bucketRegion("nowhere")).toBeNull()
    s3.makeBucket("far", "us-west-2")
    expect(await made.bucketRegion("far")).toBe("us-west-2")
    expect(await made.bucketRegion("far")).toBe("us-west-2")
    expect(s3.operations()).toEqual(["HeadBucket", "HeadBucket"])
  })

  test("another account's is refused, with the region that was told", async () => {
    const ours = "sagemaker-eu-west-1-111122223333"
    s3.makeBucket(ours, REGION, "999999999999")
    const made = store()
    for (const _ of [1, 2]) {
      const error = await failing(made.bucketRegion(ours))
      expect(error).toMatchObject({ code: "denied", fields: { bucketRegion: REGION } })
      expect(error.message).toContain("it is not of account 111122223333, or the caller lacks s3:ListBucket on it")
    }
    expect(s3.operations()).toEqual(["HeadBucket"])
  })

  test("who may not ask for the region writes all the same", async () => {
    s3.before = ({ operation }) => {
      if (operation === "HeadBucket") throw awsFailure("403", 403)
    }
    expect((await put("a", "one")).bytes).toBe(3)
  })

  test("a missing one is named, and only a default one is made, and only where that is allowed", async () => {
    const uri = (bucket: string) => `s3://${bucket}/a` as Uri
    const ours = "sagemaker-eu-west-1-111122223333"
    expect((await failing(store().put(uri(ours), REGION, body()))).code).toBe("notFound")
    const commands = store({ createBuckets: true })
    expect((await failing(commands.put(uri("theirs"), REGION, body()))).code).toBe("notFound")
    await commands.put(uri(ours), REGION, body())
    await commands.put(uri("sagemaker-us-east-1-111122223333"), "us-east-1", body())
    const made = s3.sent.filter(({ operation }) => operation === "CreateBucket").map(({ input }) => input)
    expect(made).toEqual([
      { Bucket: ours, CreateBucketConfiguration: { LocationConstraint: REGION } },
      { Bucket: "sagemaker-us-east-1-111122223333" },
    ])
  })

  test("a default one must be the account's own in every call", async () => {
    s3.makeBucket("sagemaker-eu-west-1-111122223333", REGION, "999999999999")
    const uri = "s3://sagemaker-eu-west-1-111122223333/a" as Uri
    const error = await failing(store().put(uri, REGION, body()))
    expect(error.code).toBe("denied")
    expect(error.hint).toContain("account 111122223333")
    await failing(collectUris(store(), uri))
    await failing(store().stat(uri, REGION))
    await failing(store().read({ uri, region: REGION, etag: '"e"', bytes: 3 }, 0, 3))
    expect(s3.sent.every(({ input }) => input["ExpectedBucketOwner"] === "111122223333")).toBe(true)
  })
})

describe("writing", () => {
  const large = [Buffer.alloc(5 * MIB, 1), Buffer.alloc(5 * MIB, 2), Buffer.alloc(7 * MIB, 3)]

  test("a small object is one request beside the look at its bucket", async () => {
    await put("a", "one")
    expect(s3.operations()).toEqual(["HeadBucket", "PutObject"])
  })

  test("a large one goes in parts, named once it has ended", async () => {
    let chunks = 0
    const counted = async function* () {
      for (const chunk of large) {
        chunks += 1
        yield chunk
      }
    }
    const ref = await store().put(() => at(`n${chunks}`), REGION, counted())
    expect(ref).toMatchObject({ uri: at("n3"), bytes: 17 * MIB })
    expect(s3.operations().slice(1)).toEqual([
      "CreateMultipartUpload",
      "UploadPart",
      "UploadPart",
      "UploadPart",
      "CompleteMultipartUpload",
    ])
    expect(s3.sent.at(-1)?.input["IfNoneMatch"]).toBe("*")
    expect((await collect(store().stream(ref))).equals(Buffer.concat(large))).toBe(true)
  })

  test("a large one that is there already is compared, and its parts are given up", async () => {
    await store().put(at("a"), REGION, body(...large))
    expect((await store().put(at("a"), REGION, body(...large))).bytes).toBe(17 * MIB)
    const other = body(...large.slice(0, 2), Buffer.alloc(7 * MIB, 4))
    expect((await failing(store().put(at("a"), REGION, other))).code).toBe("conflict")
    expect(s3.uploads.size).toBe(0)
  })

  test("one whose completion was answered by silence, then by its absence, is found", async () => {
    let completions = 0
    s3.after = ({ operation }) => {
      if (operation !== "CompleteMultipartUpload") return
      completions += 1
      // What the client's own repetition is told.
      throw awsFailure("NoSuchUpload", 404)
    }
    expect((await store().put(at("a"), REGION, body(...large))).bytes).toBe(17 * MIB)
    expect(completions).toBe(1)
  })

  test("an upload that fails is aborted", async () => {
    s3.before = ({ operation, input }) => {
      if (operation === "UploadPart" && input["PartNumber"] === 2) throw lostAnswer()
    }
    expect((await failing(store().put(at("a"), REGION, body(...large)))).code).toBe("unavailable")
    expect(s3.operations().at(-1)).toBe("AbortMultipartUpload")
    expect(s3.uploads.size).toBe(0)
  })

  test("of two writers at once the one told of a conflict tries again and finds the other's", async () => {
    let races = 0
    s3.before = ({ operation }) => {
      if (operation !== "PutObject" || races > 1) return
      races += 1
      if (races === 2) s3.store("mine", "a", Buffer.from("one"))
      throw awsFailure("ConditionalRequestConflict", 409)
    }
    expect((await put("a", "one")).bytes).toBe(3)
    expect(races).toBe(2)
  })
})

describe("reading", () => {
  test("moves no more bytes than asked for, under the pinned etag", async () => {
    const ref = await put("a", "0123456789")
    await store().read(ref, 3, 7)
    expect(s3.sent.at(-1)?.input).toEqual({ Bucket: "mine", Key: "a", IfMatch: ref.etag, Range: "bytes=3-6" })
  })

  test("goes on where a connection broke", async () => {
    const ref = await put("a", "0123456789")
    s3.body = (bytes) =>
      Readable.from(
        (async function* () {
          yield bytes.subarray(0, 4)
          if (bytes.length > 4) throw lostAnswer()
        })(),
      )
    expect((await collect(store().stream(ref))).toString()).toBe("0123456789")
    const ranges = s3.sent.filter(({ operation }) => operation === "GetObject").map(({ input }) => input["Range"])
    expect(ranges).toEqual(["bytes=0-9", "bytes=4-9", "bytes=8-9"])
  })

  test("gives up a connection that always breaks before the first byte", async () => {
    const ref = await put("a", "0123456789")
    s3.body = () =>
      new Readable({
        read() {
          this.destroy(lostAnswer())
        },
      })
    expect((await failing(store().read(ref, 0, 10))).code).toBe("unavailable")
  })

  test("a reader that stops ends the download", async () => {
    const ref = await put("a", "0123456789")
    let given: Readable | null = null
    s3.body = (bytes) => {
      given = Readable.from([bytes.subarray(0, 5), bytes.subarray(5)])
      return given
    }
    for await (const _ of store().stream(ref)) break
    expect((given as Readable | null)?.destroyed).toBe(true)
  })

  test("a denial says who denied what, without a secret", async () => {
    s3.before = () => {
      throw awsFailure("AccessDenied", 403, "denied for X-Amz-Signature=abcdef")
    }
    const error = await failing(store().stat(at("a"), REGION))
    expect(error.code).toBe("denied")
    expect(error.message).toBe("cannot look at s3://mine/a: AccessDenied: denied for X-Amz-Signature=***")
  })

  test("a folder's marker is no object", async () => {
    s3.store("mine", "p/", Buffer.alloc(0))
    expect(await store().stat(at("p/"), REGION)).toBeNull()
  })
})

async function collectUris(made: S3Store, prefix: Uri): Promise<readonly Uri[]> {
  const uris: Uri[] = []
  for await (const { uri } of made.list(prefix, REGION)) uris.push(uri)
  return uris
}
