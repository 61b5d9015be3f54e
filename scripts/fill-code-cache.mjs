// `fill-code-cache.mjs DIST`: carries one row on AWS from its start to its end with the bundle in DIST, on the bundle's own
// emulator, so that DIST/worker.cache has every function that a worker runs. It reaches nothing but this machine.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const [, , folder = "dist"] = process.argv
const dist = resolve(folder)
const main = join(dist, "main.js")
const cache = join(dist, "worker.cache")
const LONGEST_MS = 60_000

const WORLD = `buckets:
  cache: { region: us-east-1, objects: { train/one: "" } }
`
const CONFIG = `on: aws
home: us-east-1
account: "123456789012"
table: dynamodb:cache
batch: { queue: cache, image: "worker:1", job_role: "arn:aws:iam::123456789012:role/worker", execution_role: "arn:aws:iam::123456789012:role/worker" }
defaults:
  region: us-east-1
  role: arn:aws:iam::123456789012:role/training
  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/training:1
  instance_type: ml.m5.large
  s3_location: s3://cache/train/
  output: s3://cache/output/
`

// Under `npm run` the program would take the caller's folder for its own.
const { npm_command: _, ...environment } = process.env
const work = mkdtempSync(join(tmpdir(), "regatta-cache-"))
rmSync(cache, { force: true })
writeFileSync(join(work, "world.yaml"), WORLD)
writeFileSync(join(work, "regatta.yaml"), CONFIG)
writeFileSync(join(work, "manifest.csv"), "name\none\n")
const child = `${process.execPath} ${join(import.meta.dirname, "run-and-cache.mjs")} ${dist} {command}`
const ended = Promise.withResolvers()
const emulator = spawn(
  process.execPath,
  [main, "emulate", "--port", "0", "-o", "json", "--speed", "60", "--world", "world.yaml", "--container", child],
  { cwd: work, env: environment, stdio: ["ignore", "pipe", "inherit"] },
)
emulator.once("close", ended.resolve)
try {
  const { environment: ofEmulator, endpoint } = await announced()
  await fetch(`${endpoint}/_regatta/queues`, {
    method: "POST",
    body: JSON.stringify({ name: "cache", region: "us-east-1" }),
  })
  const submitted = spawnSync(process.execPath, [main, "submit", "manifest.csv", "--wait", "-y"], {
    cwd: work,
    env: { ...environment, ...ofEmulator },
    encoding: "utf8",
    timeout: LONGEST_MS,
  })
  if (submitted.status !== 0) throw new Error(`submit exited ${submitted.status}: ${submitted.stderr}`)
  if (!existsSync(cache)) throw new Error("the worker left no cache")
} finally {
  emulator.kill("SIGTERM")
  await ended.promise
  rmSync(work, { recursive: true, force: true })
}

/** What the emulator says of itself once it listens. */
function announced() {
  return new Promise((done, fail) => {
    let said = ""
    emulator.stdout.setEncoding("utf8").on("data", (text) => {
      said += text
      if (said.includes("\n")) done(JSON.parse(said))
    })
    emulator.once("close", () => fail(new Error("the emulator ended before it listened")))
  })
}
