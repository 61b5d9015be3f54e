import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { LocalFileLogs } from "../../../src/adapters/job-logs/local-files/local-file-logs.ts"
import { identify } from "../../../src/adapters/process/identity.ts"
import { LocalProcessTraining } from "../../../src/adapters/training-service/local-process/local-process-training.ts"
import { JobTrainer } from "../../../src/emulator/driver/job-trainer.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import type { TrainingEffect, TrainingOutcome } from "../../../src/simulation/sagemaker/training-effect.ts"
import type { TrainingRequest } from "../../../src/simulation/sagemaker/training-request.ts"
import { aChannel, aRequest } from "../../unit/simulation/sagemaker/training-bed.ts"
import { ENTRY } from "../local-job.ts"

const clock: Clock = {
  now: () => Date.now(),
  sleep: (until) => new Promise((resolve) => setTimeout(resolve, until - Date.now())),
}

const PROGRAM = `
import { readFileSync, writeFileSync } from "node:fs"
const { train } = JSON.parse(process.env.SM_CHANNELS ?? "[]").includes("train") ? { train: "/opt/ml/input/data/train" } : {}
const folder = process.env.SM_CHANNEL_TRAIN ?? train
const sum = readFileSync(folder + "/a.csv", "utf8").trim().split(",").reduce((all, each) => all + Number(each), 0)
console.log("sum=" + sum + " " + process.argv.slice(2).join(" "))
if (process.argv.includes("fail")) { console.error("Error: told to fail"); process.exit(3) }
if (process.argv.includes("wait")) await new Promise((done) => process.on("SIGTERM", done) && setInterval(() => {}, 1000))
writeFileSync(process.env.SM_MODEL_DIR + "/model.txt", String(sum))
process.exit(0)
`

describe("a job trainer", () => {
  let folder: string
  let objects: Map<string, Uint8Array>
  let lines: string[]
  let trainer: JobTrainer
  let onEnd: (outcome: TrainingOutcome) => void
  let onLine: (line: string) => void

  beforeEach(() => {
    folder = mkdtempSync(join(process.env["REGATTA_TEST_TMP"] ?? tmpdir(), "regatta-trainer-"))
    lines = []
    onLine = (line) => lines.push(line)
    objects = new Map<string, Uint8Array>([
      ["data-us-east-1/train/a.csv", Buffer.from("1,2,3\n")],
      ["code-us-east-1/sourcedir.tar.gz", gzipTar({ "train.mjs": PROGRAM })],
    ])
    trainer = new JobTrainer({
      folder,
      clock,
      open: (stateFolder) => ({
        training: new LocalProcessTraining({
          stateFolder,
          clock,
          log: { event: () => {} },
          self: [process.execPath, ENTRY],
          process: identify(process.pid) ?? "",
          env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
        }),
        logs: new LocalFileLogs({ stateFolder, clock }),
      }),
      store: {
        read: (bucket, key) => objects.get(`${bucket}/${key}`) ?? null,
        list: (bucket, prefix) =>
          [...objects.keys()]
            .filter((key) => key.startsWith(`${bucket}/${prefix}`))
            .map((key) => key.slice(bucket.length + 1)),
        write: (bucket, key, bytes) => objects.set(`${bucket}/${key}`, bytes),
      },
      onLine: (_region, _job, host, text) => onLine(`${host} ${text}`),
      onEnd: (_region, _job, outcome) => onEnd(outcome),
    })
  })

  afterEach(async () => {
    await trainer.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  function effect(mode: string): TrainingEffect {
    const request = aRequest({
      HyperParameters: {
        mode: JSON.stringify(mode),
        sagemaker_program: '"train.mjs"',
        sagemaker_submit_directory: '"s3://code-us-east-1/sourcedir.tar.gz"',
      },
      InputDataConfig: [aChannel()],
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    }) as unknown as TrainingRequest
    return { kind: "train", region: "us-east-1", job: "row-1", pass: 1, request }
  }

  function trained(mode: string): Promise<TrainingOutcome> {
    return new Promise((resolve) => {
      onEnd = resolve
      trainer.perform(effect(mode))
    })
  }

  test("trains with the inputs of S3, passes the log on and reports what was left; nothing stays", async () => {
    const outcome = await trained("run")
    expect(outcome).toMatchObject({ pass: 1, exitCode: 0, failure: null, uploads: [{ name: "model.tar.gz" }] })
    expect(gunzipSync(outcome.uploads[0]?.bytes ?? new Uint8Array()).toString()).toContain("model.txt")
    expect(lines).toContainEqual(expect.stringContaining("1 sum=6 --mode run"))
    expect(readdirSync(join(folder, "us-east-1"))).toEqual([])
    expect(trainer.count).toBe(0)
  })

  test("reports a failing program as SageMaker words it", async () => {
    const { failure, uploads } = await trained("fail")
    expect(failure).toMatch(/^AlgorithmError: exit code 3: Error: told to fail/)
    expect(uploads).toEqual([])
  })

  test("reports code that is not there without starting anything", async () => {
    objects.delete("code-us-east-1/sourcedir.tar.gz")
    expect(await trained("run")).toMatchObject({ failure: expect.stringMatching(/^ClientError: .*not packed/) })
  })

  test("stops what it is told to stop, and keeps its model", async () => {
    onLine = (line) => {
      if (line.includes("sum=6")) trainer.perform({ kind: "stopTraining", region: "us-east-1", job: "row-1", pass: 1 })
    }
    const outcome = await trained("wait")
    expect(outcome).toMatchObject({ exitCode: 143, failure: null, uploads: [{ name: "model.tar.gz" }] })
  })
})
