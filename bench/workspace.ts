import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder of its own, gone after the work. */
export async function inWorkspace<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "regatta-bench-"))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]

/** Writes a manifest of this many rows over four regions, a regatta.yaml and an empty training script; returns the manifest's path. */
export function writeManifest(folder: string, rows: number, parallel: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const region = REGIONS[row % REGIONS.length]
    return `${region},row-${row},${10 + (row % 7)},${0.001 * (1 + (row % 50))},${row}\n`
  })
  const manifest = join(folder, "manifest.csv")
  writeFileSync(manifest, `region,name,hp.epochs,hp.learning_rate,hp.seed\n${lines.join("")}`)
  writeFileSync(join(folder, "empty.mjs"), "")
  writeFileSync(
    join(folder, "regatta.yaml"),
    `on: local
account: "123456789012"
local:
  parallel: ${parallel}
  parallel_per_region: ${parallel}
defaults:
  image: "{account}.dkr.ecr.{region}.amazonaws.com/empty:latest"
  entry_point: empty.mjs
  instance_type: ml.m5.large
`,
  )
  return manifest
}

/** Role, account and bucket of the emulated account that `writeAwsManifest` speaks of. */
export const BENCH = {
  region: "us-east-1",
  account: "123456789012",
  bucket: "rg-bench-data",
  input: "train/",
  queue: "bench",
} as const

/** Writes a manifest of this many equal rows for the emulator, and a regatta.yaml beside it; returns the manifest's path. */
export function writeAwsManifest(folder: string, rows: number): string {
  const { region, account, bucket, input, queue } = BENCH
  const manifest = join(folder, "manifest.csv")
  const lines = Array.from({ length: rows }, (_, row) => `row-${row},${10 + row}\n`)
  writeFileSync(manifest, `name,hp.epochs\n${lines.join("")}`)
  writeFileSync(
    join(folder, "regatta.yaml"),
    `on: aws
home: ${region}
account: "${account}"
table: dynamodb:regatta
batch:
  queue: ${queue}
  image: "${account}.dkr.ecr.${region}.amazonaws.com/regatta:bench"
  job_role: arn:aws:iam::${account}:role/worker
  execution_role: arn:aws:iam::${account}:role/execution
defaults:
  region: ${region}
  role: arn:aws:iam::${account}:role/training
  image: "{account}.dkr.ecr.{region}.amazonaws.com/empty:latest"
  instance_type: ml.m5.large
  s3_location: s3://${bucket}/${input}
  output: s3://${bucket}/output/
`,
  )
  return manifest
}
