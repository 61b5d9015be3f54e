import { execFileSync } from "node:child_process"
import { cpSync, existsSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { CreateFront } from "./create-front.ts"
import { type Emulated, emulated } from "./emulated.ts"
import { type Benchmark, compared, counted, median, type Result } from "./result.ts"
import { BUNDLE, timedNode } from "./timed-process.ts"
import { type Reached, untilRequest } from "./until-request.ts"
import { BENCH, inWorkspace, writeAwsManifest } from "./workspace.ts"

const LAUNCHES = 15
/** The first row is carried to its end, the second warms the disk. */
const WARM_UPS = 2
const ROWS = WARM_UPS + LAUNCHES
/** Of the emulator's time: a training job takes half a minute of it. */
const SPEED = "60"
const ARRAY_FILE = "array.csv"
const REFERENCE = join(import.meta.dirname, "reference-way", "run.sh")
const NOTE_CHILD = join(import.meta.dirname, "note-child.mjs")
const FILL_CODE_CACHE = join(import.meta.dirname, "..", "scripts", "fill-code-cache.mjs")
/** Programs of the reference's way (Debian's awscli and python3-boto3). */
const NEEDED = ["/usr/bin/aws", "/usr/bin/python3"]

const LIFE_UNIT = "requests over a row's life, attached, with a training job of half a minute"

type Environment = Readonly<Record<string, string>>
type RequestCounts = Readonly<Record<string, Readonly<Record<string, number>>>>
type Taken = Readonly<Record<"bare" | "ours" | "reference", Reached[]>>

/**
 * From the start of a worker's process until its CreateTrainingJob is there, against a Node that does nothing and against the
 * reference's way (bench/reference-way): all three in turn, and the latter two on the same emulator.
 */
export const workerLaunch: Benchmark = () =>
  inWorkspace((folder) => {
    if (!hasReference())
      console.error("worker-launch without the reference's way: apt-get install awscli python3-boto3")
    const children = join(folder, "children.jsonl")
    const container = `${process.execPath} ${NOTE_CHILD} ${children} {env}`
    return emulated(folder, ["--speed", SPEED, "--container", container], (emulator) =>
      measure(folder, children, emulator),
    )
  })

async function measure(folder: string, children: string, emulator: Emulated): Promise<readonly Result[]> {
  const { region, bucket, input } = BENCH
  await emulator.control("POST", "buckets", { name: bucket, region })
  await emulator.control("POST", "queues", { name: BENCH.queue, region, vcpus: ROWS })
  await upload(emulator, `${input}images.rec`, "")
  await upload(emulator, ARRAY_FILE, `${region},s3://${bucket}/${input}\n`.repeat(ROWS))
  const manifest = writeAwsManifest(folder, ROWS)
  await timedNode([BUNDLE, "submit", manifest, "-y"], { cwd: folder, env: emulator.environment })
  const front = new CreateFront(emulator.endpoint)
  const endpoint = await front.open()
  try {
    const main = asInTheImage(folder)
    const [first = {}, ...others] = await startedChildren(children, ROWS)
    const life = counted("worker-launch/requests-per-row", LIFE_UNIT, await wholeLife(emulator, main, first))
    return [...(await launches(main, others, endpoint, front)), life]
  } finally {
    await front.close()
  }
}

function hasReference(): boolean {
  return NEEDED.every((program) => existsSync(program))
}

/** A copy of the bundle with V8's code cache of the worker, as the Dockerfile makes it; its entry. */
function asInTheImage(folder: string): string {
  const dist = join(folder, "regatta", "dist")
  cpSync(dirname(BUNDLE), dist, { recursive: true })
  execFileSync(process.execPath, [FILL_CODE_CACHE, dist], { stdio: "ignore" })
  return join(dist, basename(BUNDLE))
}

/** Carries a row to its end; how many requests that took. */
async function wholeLife(emulator: Emulated, main: string, env: Environment): Promise<number> {
  await emulator.control("DELETE", "requests")
  await timedNode([main, "worker"], { env })
  const { requests } = (await emulator.control("GET", "state")) as { readonly requests: RequestCounts }
  return Object.values(requests)
    .flatMap((regions) => Object.values(regions))
    .reduce((sum, count) => sum + count, 0)
}

async function launches(main: string, environments: readonly Environment[], endpoint: string, front: CreateFront) {
  const taken: Taken = { bare: [], ours: [], reference: [] }
  let requests = 0
  for (const [row, environment] of environments.entries()) {
    const env = { ...environment, AWS_ENDPOINT_URL: endpoint }
    const array = { ...env, S3_ARRAY_FILE: `s3://${BENCH.bucket}/${ARRAY_FILE}` }
    const bare = await untilRequest([process.execPath, "-e", "0"], {}, null)
    const ours = await untilRequest([process.execPath, main, "worker"], env, front.next())
    requests = front.requests
    const reference = hasReference() ? await untilRequest([REFERENCE], array, front.next()) : null
    if (row < WARM_UPS - 1) continue
    taken.bare.push(bare)
    taken.ours.push(ours)
    if (reference !== null) taken.reference.push(reference)
  }
  return resultsOf(taken, requests)
}

function resultsOf({ bare, ours, reference }: Taken, requests: number): readonly Result[] {
  const wall = (of: readonly Reached[]) => median(of.map(({ milliseconds }) => milliseconds))
  const cpu = (of: readonly Reached[]) => median(of.map(({ cpuMilliseconds }) => cpuMilliseconds))
  const againstReference = [
    compared("worker-launch/wall", "ms to CreateTrainingJob, against the reference's way", wall(ours), wall(reference)),
    compared("worker-launch/cpu", "ms of CPU time, against the reference's way", cpu(ours), cpu(reference)),
  ]
  return [
    ...(reference.length === 0 ? [] : againstReference),
    compared("worker-launch/wall-bare", "ms to CreateTrainingJob, against node -e 0", wall(ours), wall(bare)),
    compared("worker-launch/cpu-bare", "ms of CPU time, against node -e 0", cpu(ours), cpu(bare)),
    counted("worker-launch/requests", "requests until CreateTrainingJob, itself included", requests),
  ]
}

/** The environment of each of so many children, once Batch has started them all. */
async function startedChildren(file: string, count: number): Promise<readonly Environment[]> {
  for (;;) {
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []
    if (lines.length >= count) return lines.map((line) => JSON.parse(line) as Environment)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function upload({ endpoint }: Emulated, key: string, body: string): Promise<void> {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" }
  const client = new S3Client({ region: BENCH.region, endpoint, credentials, forcePathStyle: true })
  try {
    await client.send(
      new PutObjectCommand({ Bucket: BENCH.bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) }),
    )
  } finally {
    client.destroy()
  }
}
