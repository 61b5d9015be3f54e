import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ByRegion } from "../../../src/adapters/aws/client-options.ts"
import { S3_ACTIONS } from "../../../src/adapters/object-store/s3/actions.ts"
import { S3Store } from "../../../src/adapters/object-store/s3/s3-store.ts"
import type { CopyRequest } from "../../../src/app/make-copies.ts"
import type { RunId, Uri } from "../../../src/core/ids.ts"
import type { CopyRecord } from "../../../src/core/placement/copy-record.ts"
import { ListingHash } from "../../../src/core/placement/copy-target.ts"
import type { PlannedCopy } from "../../../src/core/placement/planned-copy.ts"
import { buildPolicy } from "../../../src/core/policy/build-policy.ts"
import { sha256 } from "../../builders.ts"
import { ACCOUNT, anEmulator, type Emulated } from "../emulator/emulated.ts"
import { FaultyProxy } from "../wire/faulty-proxy.ts"
import { type IamRequest, iamRequests, isAllowed, isAllowedBy } from "./iam-requests.ts"
import { KillingProxy, type Moment } from "./killing-proxy.ts"

const SCRIPT = join(import.meta.dirname, "copy-process.ts")
const [FROM, TO] = ["us-east-1", "eu-west-1"] as const
const SOURCE = "s3://imagenet-us-east-1/train/" as Uri
const PART = 5 * 1024 * 1024
const SMALL = ["a.csv", "b/c ü.csv"]
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "copier", AWS_SECRET_ACCESS_KEY: "key" }

let emulated: Emulated
let proxy: KillingProxy
let endpoint: string
let folder: string
const clients = new Map<string, S3Client>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "regatta-copies-"))
  emulated = await anEmulator()
  proxy = new KillingProxy(emulated.endpoint)
  endpoint = await proxy.open()
  for (const region of [FROM, TO])
    clients.set(region, new S3Client({ ...emulated.client(region, 3), forcePathStyle: true }))
  await s3(FROM).send(new CreateBucketCommand({ Bucket: "imagenet-us-east-1" }))
  await s3(TO).send(
    new CreateBucketCommand({ Bucket: "copies-eu", CreateBucketConfiguration: { LocationConstraint: TO } }),
  )
  for (const key of SMALL) await put(key, key)
  await putInParts("large.bin")
})

afterAll(async () => {
  for (const client of clients.values()) client.destroy()
  await proxy.close()
  await emulated.close()
  rmSync(folder, { recursive: true, force: true })
})

function s3(region: string): S3Client {
  const client = clients.get(region)
  if (client === undefined) throw new Error(`no client for ${region}`)
  return client
}

const put = (key: string, Body: string) =>
  s3(FROM).send(new PutObjectCommand({ Bucket: "imagenet-us-east-1", Key: `train/${key}`, Body }))

/** As most tools upload what is large: in parts, with a checksum of their checksums, so that only the same parts give the same ETag. */
async function putInParts(key: string): Promise<void> {
  const to = { Bucket: "imagenet-us-east-1", Key: `train/${key}` }
  const { UploadId } = await s3(FROM).send(new CreateMultipartUploadCommand({ ...to, ChecksumAlgorithm: "CRC32" }))
  const Parts = []
  for (const [at, size] of [PART, PART, 1000].entries()) {
    const part = { ...to, UploadId, PartNumber: at + 1, ChecksumAlgorithm: "CRC32" as const }
    const { ETag, ChecksumCRC32 } = await s3(FROM).send(
      new UploadPartCommand({ ...part, Body: Buffer.alloc(size, at) }),
    )
    Parts.push({ PartNumber: at + 1, ETag, ChecksumCRC32 })
  }
  await s3(FROM).send(new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload: { Parts } }))
}

const settings = (name: string) => ({
  on: "aws" as const,
  table: `sqlite:${join(folder, `${name}.sqlite`)}`,
  stateFolder: folder,
  home: FROM,
  account: ACCOUNT,
})

const aStore = (clientIn: (region: string) => S3Client) =>
  new S3Store({
    clients: new ByRegion(clientIn),
    account: ACCOUNT,
    prefix: "rg",
    codeLocation: null,
    createBuckets: false,
    home: FROM,
    clock: { now: () => Date.now(), sleep: async () => {} },
  })

/** Straight to the emulator. */
const list = (uri: Uri, region: string) => Array.fromAsync(aStore(s3).list(uri, region))

async function planned(name: string): Promise<CopyRequest> {
  const hash = new ListingHash(SOURCE, sha256())
  for (const object of await list(SOURCE, FROM)) hash.add(object)
  const { hash: listing, objects, bytes } = hash.end()
  const store = `s3://copies-eu/${name}/` as Uri
  const target = `${store}${listing}/` as Uri
  const copy: PlannedCopy = { source: SOURCE, from: FROM, to: TO, store, target, listing, objects, bytes }
  return { run: `rg-20261120142233-${name}` as RunId, copies: [copy] }
}

/** What the process printed; null: it was killed. `kill` begins once it may send requests. */
async function copyIn(
  name: string,
  request: CopyRequest,
  arm: (kill: () => void) => void = () => {},
  through = endpoint,
): Promise<readonly CopyRecord[] | null> {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify({ config: settings(name), request }))
  const child = spawn(process.execPath, [SCRIPT, file], {
    env: { PATH: process.env["PATH"], ...CREDENTIALS, AWS_ENDPOINT_URL: through },
    stdio: ["ignore", "pipe", "inherit"],
  })
  arm(() => child.kill("SIGKILL"))
  const ended = new Promise<NodeJS.Signals | null>((done) => child.once("close", (_, signal) => done(signal)))
  const printed = await text(child.stdout)
  if ((await ended) !== null) return null
  return JSON.parse(printed) as readonly CopyRecord[]
}

async function expectWhole(name: string, { copies: [copy] }: CopyRequest): Promise<void> {
  const found = await list(copy?.target ?? ("" as Uri), TO)
  const sources = await list(SOURCE, FROM)
  const below = (uris: readonly { uri: Uri; bytes: number; etag: string }[], root: string) =>
    uris.map(({ uri, bytes, etag }) => [uri.slice(root.length), bytes, etag])
  // The ETags are of the bytes: of the large object too, since its copy has the same parts.
  expect(below(found, copy?.target ?? "")).toEqual(below(sources, SOURCE))
  const open = await s3(TO).send(new ListMultipartUploadsCommand({ Bucket: "copies-eu", Prefix: `${name}/` }))
  expect(open.Uploads ?? []).toEqual([])
}

// Two small objects and three parts: five writes, in any order.
test.each<[number, Moment]>([
  [1, "before"],
  [4, "after"],
  [5, "after"],
])("killed at write %i, %s it took effect, the next goes on and moves only what is missing", async (nth, moment) => {
  const name = `killed-${nth}-${moment}`
  const request = await planned(name)
  expect(await copyIn(name, request, (kill) => proxy.arm(nth, moment, kill))).toBeNull()
  proxy.disarm()
  proxy.arm(0, "before", () => {})
  const records = await copyIn(name, request)
  expect(records).toMatchObject([{ status: "done", objects: 3, verified: { size: 0 } }])
  // Requests are at once: those beside the one it was killed at may have taken effect, or not.
  if (nth >= 4) expect(proxy.writes.length).toBeLessThan(5)
  await expectWhole(name, request)
})

test("two processes at once make one copy, and both see it whole", async () => {
  const request = await planned("twice")
  const both = await Promise.all([copyIn("twice", request), copyIn("twice", request)])
  for (const records of both) expect(records).toMatchObject([{ status: "done", objects: 3 }])
  await expectWhole("twice", request)
  const [again] = (await copyIn("twice", request)) ?? []
  expect(again).toMatchObject({ status: "done" })
})

test("a copy that is begun, gone on with and removed asks for what the policy of whoever submits has, and for all of it", async () => {
  const asked: IamRequest[] = []
  const onAnswered = (...[wire, body, status]: Parameters<typeof iamRequests>) =>
    void asked.push(...iamRequests(wire, body, status))
  const wire = new FaultyProxy({ target: emulated.endpoint, seed: 0, odds: () => 0, longestMs: 0, onAnswered })
  const through = await wire.open()
  const request = await planned("asked")
  const [copy] = request.copies
  if (copy === undefined) throw new Error("nothing is planned")
  const to = { Bucket: "copies-eu", Key: `asked/${copy.listing}/large.bin` }
  // As one that was killed leaves it; another, of a name that nobody has, is for the removal.
  const begun = { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" } as const
  await s3(TO).send(new CreateMultipartUploadCommand({ ...to, ...begun }))
  await s3(TO).send(new CreateMultipartUploadCommand({ ...to, Key: `asked/${copy.listing}/other`, ...begun }))
  expect(await copyIn("asked", request, () => {}, through)).toMatchObject([{ status: "done" }])
  const client = (region: string) =>
    new S3Client({ ...emulated.client(region), endpoint: through, forcePathStyle: true })
  const objects = aStore(client)
  await objects.remove(
    (await list(copy.target, TO)).map(({ uri }) => uri),
    TO,
  )
  expect(await objects.dropUnfinished(copy.target, TO)).toBe(1)
  await wire.close()
  const policy = buildPolicy(S3_ACTIONS, "command", {
    ...NOTHING,
    copied: ["imagenet-us-east-1/train/*"],
    copies: ["copies-eu/asked/*"],
    buckets: ["imagenet-us-east-1", "copies-eu"],
  })
  expect(asked.filter((each) => !isAllowed(policy, each))).toEqual([])
  const unused = policy.Statement.filter(({ Sid }) => Sid !== "Buckets").flatMap((statement) =>
    statement.Action.filter((action) => !asked.some((each) => each.action === action && isAllowedBy(statement, each))),
  )
  expect(unused).toEqual([])
})

const NOTHING = {
  partition: "aws",
  account: ACCOUNT,
  prefix: "rg",
  home: FROM,
  regions: [FROM, TO],
  queueRegions: [FROM],
  roles: [],
  jobRoles: [],
  table: null,
  topic: null,
  hasSteps: false,
  hasEndpointSteps: false,
  eventQueue: null,
  scheduleRole: null,
  reads: [],
  scheduled: [],
  writes: [],
} as const

test("a source that changed since it was planned is not copied", async () => {
  const request = await planned("changed")
  await put("late.csv", "new")
  const [record] = (await copyIn("changed", request)) ?? []
  expect(record).toMatchObject({ status: "failed", objects: 0 })
  expect(record?.reason).toContain("changed since")
})
