import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { aBench, aChannel, aFolder, aJob, aProgram, type Bench, created, ended, logOf, trained, unpacked } from "./local-job.ts"

let bench: Bench
beforeAll(() => {
  bench = aBench()
})
afterAll(() => bench.close())

const INSPECT = `
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
const at = process.env.SM_INPUT_CONFIG_DIR
const json = (name) => JSON.parse(readFileSync(at + "/" + name + ".json", "utf8"))
writeFileSync(process.env.SM_MODEL_DIR + "/seen.json", JSON.stringify({
  env: process.env, argv: process.argv.slice(2), cwd: process.cwd(),
  hyperparameters: json("hyperparameters"), resourceconfig: json("resourceconfig"), inputdataconfig: json("inputdataconfig"),
  train: readdirSync(process.env.SM_CHANNEL_TRAIN),
}))
writeFileSync(process.env.SM_OUTPUT_DATA_DIR + "/note.txt", "hello")
`

test("a training job trains with SageMaker's contract and leaves metrics, model, output and seconds", async () => {
  const data = aFolder(bench, { "a.csv": "1", "b.csv": "2" })
  const job = aJob({
    program: await aProgram(bench, { "train.mjs": INSPECT }),
    hyperparameters: { epochs: "3", "batch-size": "32", name: "resnet", note: "{run}/{attempt}" },
    environment: { MY_SETTING: "here" },
    channels: [aChannel({ name: "train", uri: "s3://bucket/prefix/" })],
    metrics: { loss: "loss=([0-9.]+)", accuracy: "accuracy: ([0-9.]+)" },
    output: "s3://out/results/",
  })
  const mapped = { ...job, run: { ...job.run, storageMap: { "bucket/prefix": data } } }
  const { end, metrics } = await trained(bench, mapped)
  expect(end).toMatchObject({ status: "completed", cause: "done", reason: "" })
  expect(metrics).toEqual({ loss: 0.25, accuracy: 0.75 })
  expect(end.billableSeconds).toBe(Math.ceil((end.endedAt - (end.startedAt ?? 0)) / 1000))
  expect(end.artifact).toBe(`file://${bench.folder}/storage/out/results/${job.attempt.jobName}/output/model.tar.gz`)
  const seen = JSON.parse((await unpacked(bench, end.artifact))["seen.json"] ?? "")
  expect(seen.argv).toEqual(["--batch-size", "32", "--epochs", "3", "--name", "resnet", "--note", `${job.run.run}/1`])
  expect(seen.env).toMatchObject({
    SM_HOSTS: '["algo-1"]',
    SM_HP_EPOCHS: "3",
    "SM_HP_BATCH-SIZE": "32",
    TRAINING_JOB_NAME: job.attempt.jobName,
    MY_SETTING: "here",
  })
  expect(Object.keys(seen.env).filter((name) => name.startsWith("REGATTA_"))).toEqual([])
  expect(seen.train).toEqual(["a.csv", "b.csv"])
  expect(seen.hyperparameters).toMatchObject({ epochs: "3", name: '"resnet"', sagemaker_program: '"train.mjs"' })
  expect(seen.resourceconfig).toMatchObject({ current_host: "algo-1", hosts: ["algo-1"] })
  expect(seen.inputdataconfig).toEqual({
    train: { TrainingInputMode: "File", S3DistributionType: "FullyReplicated", RecordWrapperType: "None" },
  })
  const output = end.artifact?.replace("model.tar.gz", "output.tar.gz") ?? ""
  expect(await unpacked(bench, output)).toEqual({ "note.txt": "hello" })
})
