import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ENTRY, ROOT, run } from "../regatta-process.ts"
import { type EmulateProcess, emulate } from "./emulate-process.ts"

const ACCOUNT = "123456789012"
const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]

let folder: string
let project: string
let emulator: EmulateProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "four-regions-"))
  project = join(folder, "project")
  cpSync(join(ROOT, "manifests/05-imagenet-horovod"), project, { recursive: true })
  const buckets = REGIONS.flatMap((region) => [
    `  imagenet-${region}: { region: ${region} }`,
    `  sagemaker-${region}-${ACCOUNT}: { region: ${region} }`,
  ])
  writeFileSync(join(folder, "world.yaml"), `buckets:\n${buckets.join("\n")}\njobs: [{ training: 20s }]\n`)
  emulator = await emulate(folder, "--world", "world.yaml", "--speed", "20", "--state-dir", "state")
  for (const region of REGIONS) {
    const credentials = { accessKeyId: "made-up", secretAccessKey: "key" }
    const s3 = new S3Client({ region, endpoint: emulator.endpoint, credentials })
    await s3.send(
      new PutObjectCommand({ Bucket: `imagenet-${region}`, Key: "imagenet2012/tf-imagenet/resized/1", Body: "1" }),
    )
  }
})

afterAll(async () => {
  await emulator.end("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

const regatta = (...words: readonly string[]) =>
  run(process.execPath, [ENTRY, ...words], { cwd: project, env: emulator.environment })

async function state(): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${emulator.endpoint}/_regatta/state`)
  return (await answer.json()) as Record<string, unknown>
}

test("one submit of four lines makes four training jobs in four regions, and four rows completed", async () => {
  const submitted = await regatta("submit", "manifest.csv", "-y", "--wait", "-o", "json")
  expect([submitted.code, submitted.stderr]).toEqual([0, expect.any(String)])
  const status = JSON.parse((await regatta("status", "@last", "-o", "json")).stdout) as {
    readonly counts: Readonly<Record<string, number>>
  }
  expect(status.counts["completed"]).toBe(4)
  const { requests, batch } = await state()
  const created = (requests as Record<string, Record<string, number>>)["sagemaker.CreateTrainingJob"]
  expect(created).toEqual(Object.fromEntries(REGIONS.map((region) => [region, 1])))
  expect(batch).toMatchObject([{ size: 4, counts: { SUCCEEDED: 4 }, attempts: 4 }])
  expect(readdirSync(join(folder, "state/children/logs"))).toHaveLength(4)
})

test("a second start on the same port is one clear line, and the end of the first is clean", async () => {
  const { port } = new URL(emulator.endpoint)
  const second = await run(process.execPath, [ENTRY, "emulate", "--port", port], { cwd: folder })
  expect([second.code, second.stdout]).toEqual([2, ""])
  expect(second.stderr.split("\n")[0]).toBe(`error: cannot listen on port ${port} of 127.0.0.1: it is in use`)
  expect(await emulator.end("SIGINT")).toBe(0)
})
