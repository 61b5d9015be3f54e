import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { fileUri } from "../../src/core/file-uri.ts"
import { STAND_IN_COMMANDS } from "../../src/core/manifest/stand-ins.ts"
import {
  aBench,
  aChannel,
  aFolder,
  aJob,
  aProgram,
  aWheel,
  type Bench,
  created,
  ended,
  logOf,
  probed,
  trained,
  trainersLeft,
  unpacked,
  until,
} from "./local-job.ts"

const { canBind } = await probed()

/** Of the reference's four-region job. */
const IMAGENET_OPTIONS =
  "-mca btl_vader_single_copy_mechanism none -x HOROVOD_HIERARCHICAL_ALLREDUCE=1 -x HOROVOD_FUSION_THRESHOLD=16777216 -x NCCL_MIN_NRINGS=8 -x NCCL_LAUNCH_MODE=PARALLEL"

const INSPECT = `
import { readFileSync, readdirSync, realpathSync, writeFileSync } from "node:fs"
const at = process.env.SM_INPUT_CONFIG_DIR
const json = (name) => JSON.parse(readFileSync(at + "/" + name + ".json", "utf8"))
console.log("loss=0.5")
console.log("loss=0.25 accuracy: 0.75")
writeFileSync(process.env.SM_MODEL_DIR + "/seen-" + process.env.SM_CURRENT_HOST + ".json", JSON.stringify({
  env: process.env, argv: process.argv.slice(2), cwd: process.cwd(),
  hyperparameters: json("hyperparameters"), resourceconfig: json("resourceconfig"), inputdataconfig: json("inputdataconfig"),
  train: process.env.SM_CHANNEL_TRAIN && readdirSync(process.env.SM_CHANNEL_TRAIN, { recursive: true }).sort(),
}))
writeFileSync(process.env.SM_OUTPUT_DATA_DIR + "/note.txt", "hello")
`

describe.each([{ bindOptMl: true }, { bindOptMl: false }])("with /opt/ml $bindOptMl", ({ bindOptMl }) => {
  let bench: Bench
  beforeAll(() => {
    bench = aBench({ bindOptMl })
  })
  afterAll(() => bench.close())

  test("a training job trains with SageMaker's contract and leaves metrics, model, output and seconds", async () => {
    const data = aFolder(bench, { "a.csv": "1", "b/c.csv": "2" })
    const job = aJob({
      program: await aProgram(bench, { "train.mjs": INSPECT }),
      hyperparameters: {
        epochs: "3",
        "batch-size": "32",
        name: "resnet",
        note: "{run}/{attempt}",
        out: "/opt/ml/model",
      },
      environment: { MY_SETTING: "here", CACHE: "/opt/ml/cache", OTHER: "/opt/mlx" },
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
    const seen = JSON.parse((await unpacked(bench, end.artifact))["seen-algo-1.json"] ?? "")
    const root = bindOptMl && canBind ? "/opt/ml" : join(bench.jobFolder(job.attempt), "hosts", "algo-1")
    const texts = ["--batch-size", "32", "--epochs", "3", "--name", "resnet", "--note", `${job.run.run}/1`]
    expect(seen.argv).toEqual([...texts, "--out", `${root}/model`])
    expect(seen.env).toMatchObject({
      SM_HOSTS: '["algo-1"]',
      SM_HP_EPOCHS: "3",
      "SM_HP_BATCH-SIZE": "32",
      SM_MODEL_DIR: `${root}/model`,
      TRAINING_JOB_NAME: job.attempt.jobName,
      MY_SETTING: "here",
      CACHE: `${root}/cache`,
      OTHER: "/opt/mlx",
    })
    expect(seen.cwd).toBe(`${root}/code`)
    expect(Object.keys(seen.env).filter((name) => name.startsWith("REGATTA_"))).toEqual([])
    expect(seen.train).toEqual(["a.csv", "b", "b/c.csv"])
    // An image of the user's with a single script: plain text, as the SageMaker SDK sends it.
    expect(seen.hyperparameters).toMatchObject({ epochs: "3", name: "resnet", sagemaker_program: '"train.mjs"' })
    expect(seen.resourceconfig).toMatchObject({ current_host: "algo-1", hosts: ["algo-1"] })
    expect(seen.inputdataconfig).toEqual({
      train: { TrainingInputMode: "File", S3DistributionType: "FullyReplicated", RecordWrapperType: "None" },
    })
    const output = end.artifact?.replace("model.tar.gz", "output.tar.gz") ?? ""
    expect(await unpacked(bench, output)).toEqual({ "note.txt": "hello" })
    expect(logOf(bench, job).startsWith("regatta: /opt/ml cannot be bound")).toBe(root !== "/opt/ml")
    expect(existsSync(join(bench.jobFolder(job.attempt), "hosts"))).toBe(false)
  })

  test("three hosts are three processes with a shard each", async () => {
    const data = aFolder(bench, { "4.csv": "", "1.csv": "", "2.csv": "", "3.csv": "", "5/6.csv": "" })
    const job = aJob(
      {
        program: await aProgram(bench, { "train.mjs": INSPECT }),
        channels: [aChannel({ name: "train", uri: `file://${data}`, distribution: "ShardedByS3Key" })],
      },
      { hosts: 3 },
    )
    const { end } = await trained(bench, job)
    expect(end.billableSeconds).toBe(3 * Math.ceil((end.endedAt - (end.startedAt ?? 0)) / 1000))
    const files = await unpacked(bench, end.artifact)
    const seen = ["algo-1", "algo-2", "algo-3"].map((host) => JSON.parse(files[`seen-${host}.json`] ?? "{}"))
    expect(seen.map(({ train }) => train)).toEqual([["1.csv", "4.csv"], ["2.csv", "5", "5/6.csv"], ["3.csv"]])
    expect(seen.map(({ env }) => env.SM_CURRENT_HOST)).toEqual(["algo-1", "algo-2", "algo-3"])
    expect(seen.map(({ resourceconfig }) => resourceconfig.current_host)).toEqual(["algo-1", "algo-2", "algo-3"])
    expect(logOf(bench, job, "algo-3")).toContain("loss=0.25")
  })

  test("mpirun starts the ranks of two hosts, each in its own host's folder and with its variables", async () => {
    const rank = `
import os
from mpi4py import MPI
world = MPI.COMM_WORLD
total = world.allreduce(world.rank)
place = os.environ["SM_MODEL_DIR"] + "/rank-%d" % world.rank
open(place, "w").write("%s %s %d %d %s %s" % (os.environ["SM_CURRENT_HOST"], os.environ["OMPI_COMM_WORLD_LOCAL_RANK"],
  world.size, total, os.environ["NCCL_MIN_NRINGS"], os.environ["SM_HP_BATCH-SIZE"]))
if world.rank == 0: print("sum=%d" % total)
`
    const job = aJob(
      {
        program: await aProgram(bench, { "train.py": rank }),
        distribution: { kind: "mpi", processesPerHost: 2, options: IMAGENET_OPTIONS },
        hyperparameters: { "batch-size": "32" },
        metrics: { sum: "sum=(\\d+)" },
      },
      { hosts: 2 },
    )
    const { end, metrics } = await trained(bench, job)
    expect(end.reason).toBe("")
    expect(metrics).toEqual({ sum: 6 })
    expect(await unpacked(bench, end.artifact)).toEqual({
      "rank-0": "algo-1 0 4 6 8 32",
      "rank-1": "algo-1 1 4 6 8 32",
      "rank-2": "algo-2 0 4 6 8 32",
      "rank-3": "algo-2 1 4 6 8 32",
    })
    expect(logOf(bench, job, "algo-2")).toContain("ranks 2 to 3 are started by mpirun on algo-1")
  })
})

describe("how a job ends", () => {
  let bench: Bench
  beforeAll(() => {
    bench = aBench()
  })
  afterAll(() => bench.close())

  const shell = async (script: string) => ({ program: await aProgram(bench, { "train.sh": script }) })

  test("a failure file is the reason, its first 1024 characters", async () => {
    const script = 'printf "%01500d" 7 > "$SM_OUTPUT_DIR/failure"; echo more; exit 3'
    const { end } = await trained(bench, aJob(await shell(script)))
    expect(end).toMatchObject({ status: "failed", cause: "algorithm", reason: "0".repeat(1024), artifact: null })
  })

  test("without a failure file the exit code and the last lines are the reason", async () => {
    const { end } = await trained(bench, aJob(await shell("echo first; echo 'no such column: price' >&2; exit 3")))
    expect(end).toMatchObject({ status: "failed", cause: "algorithm" })
    expect(end.reason).toBe("exit code 3\nfirst\nno such column: price")
  })

  test("a trainer killed by SIGKILL is reported as SageMaker reports it", async () => {
    const { end } = await trained(bench, aJob(await shell("kill -9 $$")))
    expect(end.reason).toContain("137: OutOfMemory: Process killed by SIGKILL (signal 9)")
  })

  test("when one host fails the others are ended and the reason names it", async () => {
    const script = '[ "$SM_CURRENT_HOST" = algo-2 ] && { echo bad shard; exit 9; }; sleep 600'
    const job = aJob(await shell(script), { hosts: 3 })
    const { end } = await trained(bench, job)
    expect(end).toMatchObject({ status: "failed", cause: "algorithm", reason: "algo-2: exit code 9: bad shard" })
    expect(trainersLeft(job)).toEqual([])
  })

  test("stop ends a trainer that listens, keeps its model and is a person's doing", async () => {
    const script = "trap 'echo saved > \"$SM_MODEL_DIR/m\"; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    const job = aJob(await shell(script))
    await created(bench, job)
    await until(bench, job, "up", () => logOf(bench, job).includes("up"))
    expect(await bench.service.stop(job.run, job.attempt)).toBe("stopping")
    const { end } = await ended(bench, job)
    expect(end).toMatchObject({ status: "stopped", cause: "person" })
    expect(await unpacked(bench, end.artifact)).toEqual({ m: "saved\n" })
    expect(await bench.service.stop(job.run, job.attempt)).toBe("ended")
  })

  test("a trainer that ignores SIGTERM is killed after the grace", async () => {
    const job = aJob(await shell("trap '' TERM; echo up; while :; do sleep 0.05; done"), {
      local: { stopGraceSeconds: 0.2 },
    })
    await created(bench, job)
    await until(bench, job, "up", () => logOf(bench, job).includes("up"))
    await bench.service.stop(job.run, job.attempt)
    expect((await ended(bench, job)).end).toMatchObject({ status: "stopped", cause: "person" })
    expect(trainersLeft(job)).toEqual([])
  })

  test("a stop that comes before the supervisor is obeyed without training", async () => {
    const job = aJob(await shell("touch /tmp/never"))
    await created({ ...bench, service: bench.other({ self: ["/bin/true"] }) }, job)
    expect(await bench.service.stop(job.run, job.attempt)).toBe("stopping")
    const late = bench.other()
    expect((await ended(bench, job, late)).end).toMatchObject({ status: "stopped", cause: "person", artifact: null })
  })

  test("max_runtime ends a job as stopped, never as a success", async () => {
    const job = aJob({ ...(await shell("echo up; sleep 600")), maxRuntimeSeconds: 1 })
    const { end } = await trained(bench, job)
    expect(end).toMatchObject({ status: "stopped", cause: "maxRuntime" })
    expect(end.reason).toBe("MaxRuntimeExceeded: it ran longer than max_runtime, 1 seconds")
    expect(trainersLeft(job)).toEqual([])
  })

  test("no process of a job outlives it, whatever session it began", async () => {
    const job = aJob(
      await shell("sleep 600 & setsid sleep 600 & setsid sh -c 'sleep 600 & sleep 600' & sleep 0.2; exit 0"),
    )
    expect((await trained(bench, job)).end.status).toBe("completed")
    expect(trainersLeft(job)).toEqual([])
  })

  test("a job that writes no model has no artifact", async () => {
    expect((await trained(bench, aJob(await shell("exit 0")))).end).toMatchObject({
      status: "completed",
      artifact: null,
    })
  })

  test("a flood of 100 MB is bounded on disk and its last metric counts", async () => {
    const flood = `
const block = ("x".repeat(99) + "\\n").repeat(10_000)
for (let i = 0; i < 100; i += 1) process.stdout.write("loss=" + i + "\\n" + block)
process.stdout.write("the end\\n")
`
    const job = aJob({ program: await aProgram(bench, { "train.mjs": flood }), metrics: { loss: "^loss=(\\d+)" } })
    const { end, metrics } = await trained(bench, job)
    expect([end.status, metrics]).toEqual(["completed", { loss: 99 }])
    const file = join(bench.jobFolder(job.attempt), "logs", "algo-1.log")
    expect(statSync(file).size).toBeLessThan(18 * 1024 * 1024)
    const text = readFileSync(file, "utf8")
    expect(text.endsWith("the end\n")).toBe(true)
    expect(text).toMatch(/\nregatta: the log is longer than \d+ bytes.*\n/)
    expect(text).toMatch(/\nregatta: \d+ bytes are left out here\nx{99}\n/)
  })

  test("data that cannot be read fails the download, by name", async () => {
    const data = aFolder(bench, { "list.manifest": '[{"prefix": "s3://bucket/"}, "a.csv"]' })
    const uri = `file://${data}/list.manifest`
    const job = aJob({
      ...(await shell("exit 0")),
      channels: [aChannel({ name: "train", uri, dataType: "ManifestFile" })],
    })
    const { end } = await trained(bench, job)
    expect(end).toMatchObject({ status: "failed", cause: "client" })
    expect(end.reason).toBe(`Data download failed: channel train: ${uri} names s3://bucket/a.csv, which is not there`)
  })

  test("a missing mpirun names the package", async () => {
    const job = aJob({
      ...(await shell("exit 0")),
      distribution: { kind: "mpi", processesPerHost: 1, options: "" },
      environment: { PATH: "/nowhere" },
    })
    const { end } = await trained(bench, job)
    expect(end).toMatchObject({ status: "failed", cause: "client" })
    expect(end.reason).toContain(
      "mpirun is not on the PATH of the training job; on Debian and Ubuntu: apt-get install openmpi-bin",
    )
  })

  test("what this machine has no place or program for is refused before anything is made, all of it together", async () => {
    const channels = [aChannel({ name: "train", uri: "s3://bucket/none/" })]
    const job = aJob({ ...(await shell("exit 0")), channels, output: "https://x/y" })
    const seen = await bench.service.create(job.run, job.spec, job.attempt, new AbortController().signal)
    expect(seen).toMatchObject({ kind: "refused", code: "invalid", hopeless: true })
    expect(seen.kind === "refused" && seen.reason.split("; ")).toEqual([
      "output: https://x/y has no place on this machine: expected s3:// or file://",
      `channel.train: nothing is at s3://bucket/none/ (looked in ${bench.folder}/storage/bucket/none/)`,
      "name its folder under storage.map in regatta.yaml",
    ])
    expect(existsSync(bench.jobFolder(job.attempt))).toBe(false)
  })

  test("requirements.txt is installed for the job alone, and only where the settings say so", async () => {
    const wheel = aWheel(bench)
    const script = "try:\n  import tinypkg; print('got', tinypkg.X)\nexcept ImportError: print('not there')\n"
    const program = await aProgram(bench, { "train.py": script, "requirements.txt": `--no-index\n${wheel}\n` })
    const without = aJob({ program })
    await trained(bench, without)
    expect(logOf(bench, without)).toMatch(/requirements.txt is not installed: local.install is not true.*\nnot there/s)
    const withIt = aJob({ program }, { local: { install: true } })
    const { end } = await trained(bench, withIt)
    expect([end.reason, logOf(bench, withIt)]).toEqual(["", expect.stringContaining("got 42")])
  })

  test("requirements that cannot be installed fail the job with pip's own words", async () => {
    const files = { "train.py": "print('never')", "requirements.txt": "--no-index\nno-such-package\n" }
    const { end } = await trained(bench, aJob({ program: await aProgram(bench, files) }, { local: { install: true } }))
    expect(end).toMatchObject({ status: "failed", cause: "client" })
    expect(end.reason).toContain("pip install -r requirements.txt")
    expect(end.reason).toContain("No matching distribution found for no-such-package")
  })

  test("a built-in algorithm runs by the command of the settings and reads its hyperparameters as plain texts", async () => {
    const folder = aFolder(bench, { "stand-in.mjs": INSPECT })
    const job = aJob(
      {
        trains: { kind: "algorithm", name: "xgboost", version: "1.5-1" },
        hyperparameters: { objective: '"reg:tweedie"', eta: "0.1" },
      },
      { local: { algorithms: { xgboost: [process.execPath, join(folder, "stand-in.mjs")] } } },
    )
    const { end } = await trained(bench, job)
    const seen = JSON.parse((await unpacked(bench, end.artifact))["seen-algo-1.json"] ?? "{}")
    expect(seen.hyperparameters).toEqual({ objective: "reg:tweedie", eta: "0.1" })
    expect(seen.argv).toEqual([])
  })

  test("the stand-in for xgboost trains over two hosts with a shard each", async () => {
    const lines = Array.from({ length: 60 }, (_, at) => `${at < 25 ? 1 : 5},${at}\n`)
    const half = (rest: number) => lines.filter((_, at) => at % 2 === rest).join("")
    const data = aFolder(bench, { "a.csv": half(0), "b.csv": half(1) })
    const train = {
      name: "train",
      uri: fileUri(data),
      contentType: "text/csv",
      distribution: "ShardedByS3Key",
    } as const
    const job = aJob(
      {
        trains: { kind: "algorithm", name: "xgboost", version: "1.5-1" },
        hyperparameters: { objective: '"reg:squarederror"', num_round: "30" },
        channels: [aChannel(train)],
        metrics: { rmse: "train-rmse:([0-9.]+)" },
      },
      { hosts: 2, local: { algorithms: STAND_IN_COMMANDS } },
    )
    const { end, metrics } = await trained(bench, job)
    const log = logOf(bench, job)
    expect(end, log).toMatchObject({ status: "completed", reason: "" })
    expect(log).toContain("regatta's stand-in for xgboost, not SageMaker's xgboost")
    for (const host of ["algo-1", "algo-2"])
      expect(logOf(bench, job, host)).toContain("30 rows of 1 features on this host")
    expect(metrics["rmse"]).toBeLessThan(0.1)
    expect(Object.keys(await unpacked(bench, end.artifact))).toEqual(["regatta-stand-in-model.json"])
  })

  test("a stand-in's failure file is the reason", async () => {
    const data = aFolder(bench, { "a.csv": "label,x\n1,2\n" })
    const job = aJob(
      {
        trains: { kind: "algorithm", name: "linear-learner", version: "1" },
        hyperparameters: { predictor_type: "regressor" },
        channels: [aChannel({ name: "train", uri: fileUri(data), contentType: "text/csv" })],
      },
      { local: { algorithms: STAND_IN_COMMANDS } },
    )
    const { end } = await trained(bench, job)
    expect(end).toMatchObject({ status: "failed", cause: "algorithm" })
    expect(end.reason).toContain('a.csv line 1, cell 1: expected the label, got "label"')
  })

  test("checkpoints are kept in their folder while the job runs and are there for the next", async () => {
    const checkpoint = { uri: "s3://bucket/points/", shared: false }
    const script = 'cat "$POINTS/step" 2>/dev/null; echo 7 > "$POINTS/step"; exit "$EXIT"'
    const environment = { POINTS: "/opt/ml/checkpoints" }
    const first = aJob({ ...(await shell(script)), checkpoint, environment: { ...environment, EXIT: "1" } })
    expect((await trained(bench, first)).end.status).toBe("failed")
    expect(readFileSync(join(bench.folder, "storage", "bucket", "points", "step"), "utf8")).toBe("7\n")
    const second = aJob({ ...(await shell(script)), checkpoint, environment: { ...environment, EXIT: "0" } })
    expect((await trained(bench, second)).end.status).toBe("completed")
    expect(logOf(bench, second)).toContain("7\n")
  })

  test("what trains may change its input without changing the user's", async () => {
    const data = aFolder(bench, { "a.csv": "mine" })
    const job = aJob({
      ...(await shell('echo theirs > "$SM_CHANNEL_TRAIN/a.csv"; echo new > "$SM_CHANNEL_TRAIN/b.csv"')),
      channels: [aChannel({ name: "train", uri: `file://${data}` })],
    })
    expect((await trained(bench, job)).end.status).toBe("completed")
    expect([readdirSync(data), readFileSync(join(data, "a.csv"), "utf8")]).toEqual([["a.csv"], "mine"])
  })

  test("files that several hosts wrote become one archive, in which the first host's stand", async () => {
    const script = 'echo "$SM_CURRENT_HOST" > "$SM_MODEL_DIR/same"; echo 1 > "$SM_MODEL_DIR/of-$SM_CURRENT_HOST"'
    const job = aJob(await shell(script), { hosts: 2 })
    const { end } = await trained(bench, job)
    expect(await unpacked(bench, end.artifact)).toEqual({ same: "algo-1\n", "of-algo-1": "1\n", "of-algo-2": "1\n" })
    expect(logOf(bench, job, "algo-1")).toContain(
      "model: 1 file written by several hosts, of which the first is kept: same",
    )
  })

  test("the hosts of a job know each other by name where /opt/ml is bound", async () => {
    const job = aJob(await shell('echo "algo-2: $(getent hosts algo-2 | cut -d" " -f1)"'), { hosts: 2 })
    await trained(bench, job)
    expect(logOf(bench, job, "algo-1")).toMatch(canBind ? /^algo-2: 127\.0\.0\.1$/m : /cannot be bound/)
  })

  test("the machine's own /opt stays readable beside /opt/ml", async () => {
    const names = readdirSync("/opt").filter((name) => name !== "ml")
    const job = aJob(await shell("echo begin; ls /opt"))
    await trained(bench, job)
    const seen = logOf(bench, job).split("begin\n")[1]?.trim().split("\n") ?? []
    expect(seen.filter((name) => name !== "ml").sort()).toEqual(names.sort())
    expect(seen.includes("ml")).toBe(canBind || existsSync("/opt/ml"))
  })
})
