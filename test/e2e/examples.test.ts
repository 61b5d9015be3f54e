import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import type { StatusDocument, StatusRow } from "../../src/core/run/status-document.ts"
import { machineHas } from "../machine.ts"
import { copyOfManifests, ROOT, regatta, run } from "./regatta-process.ts"

const copy = copyOfManifests()
afterAll(copy.remove)

const EXAMPLES = globSync("manifests/*/manifest.csv", { cwd: ROOT })
  .map((file) => dirname(file))
  .toSorted()

describe("examples", () => {
  test.each(EXAMPLES)("%s can be planned", async (example) => {
    const { code, stdout, stderr } = await regatta(join(copy.folder, example), "plan", "manifest.csv", "-o", "json")
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ version: 1 })
  })

  test("01 trains twelve models, each in its region, and longer letter groups win in each", async () => {
    const { rows } = await submitted("01-demo-languages", 0)
    expect(rows).toHaveLength(12)
    for (const region of ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]) {
      const [letters, pairs, groups] = rows.filter((row) => row.region === region).map((row) => metric(row, "accuracy"))
      expect(pairs).toBeGreaterThan(letters ?? 1)
      expect(groups).toBeGreaterThan(pairs ?? 1)
    }
    for (const row of rows) {
      expect(row.status).toBe("completed")
      expect(row.billableSeconds).toBeGreaterThan(0)
      expect(existsSync(fileURLToPath(row.artifact ?? ""))).toBe(true)
    }
  })

  test("01: a downloaded model tells the language of a name", async () => {
    const folder = join(copy.folder, "manifests", "01-demo-languages")
    const downloaded = await regatta(folder, "download", "@last", "11", "--to", "model")
    expect(downloaded.code, downloaded.stderr).toBe(0)
    const said = await run(process.execPath, ["code/predict.mjs", "model/model.json", "Königreich"], { cwd: folder })
    expect(said.stdout).toMatch(/^Königreich: de /)
  })

  test("02 finds that the earth turns fifteen degrees in an hour", async () => {
    const folder = join(copy.folder, "manifests", "02-first-row")
    const { code, stdout, stderr } = await regatta(folder, "run-row", "manifest.csv", "0")
    expect(code, stderr).toBe(0)
    const found = [...`${stdout}${stderr}`.matchAll(/degrees_per_hour=(\d+\.\d+)/g)].at(-1)?.[1]
    expect(Math.abs(Number(found) - 15)).toBeLessThan(0.5)
  })

  test("03 shows what sharding buys and costs", async () => {
    const { rows } = await submitted("03-distribution", 0)
    const [single, replicated, sharded, byLanguage] = rows
    if (!(single && replicated && sharded && byLanguage)) throw new Error("four rows were expected")
    expect(metric(replicated, "names_per_host")).toBe(metric(single, "names_per_host"))
    expect(metric(sharded, "names_per_host")).toBe(metric(single, "names_per_host") / 4)
    expect(metric(sharded, "train_seconds")).toBeLessThan(metric(replicated, "train_seconds"))
    expect(metric(sharded, "accuracy")).toBeLessThan(metric(replicated, "accuracy"))
    expect(metric(byLanguage, "accuracy")).toBeLessThan(metric(sharded, "accuracy"))
  })

  test.runIf(machineHas("mpi"))(
    "04 gives the same model on one process, on four, and on two hosts of two",
    async () => {
      const { rows } = await submitted("04-mpi", 0)
      expect(rows.map((row) => metric(row, "processes"))).toEqual([1, 4, 4])
      for (const row of rows) {
        expect(metric(row, "accuracy")).toBeGreaterThan(0.8)
        // Sums in another order differ in the last digits.
        expect(Math.abs(metric(row, "train_loss") - metric(rows[0], "train_loss"))).toBeLessThan(0.001)
      }
    },
  )

  test("12: trees follow clocks, which are steps, more closely than a line, and four hosts learn as well as one", async () => {
    const { rows } = await submitted("12-algorithms", 0)
    const [line, trees, germanLine, germanTrees, onFourHosts] = rows
    expect(metric(trees, "rmse")).toBeLessThan(metric(line, "rmse"))
    for (const row of [germanLine, germanTrees, onFourHosts]) {
      // To say of each name how often any is German costs 0.62.
      expect(metric(row, "logloss")).toBeLessThan(0.35)
    }
    expect(onFourHosts?.instanceCount).toBe(4)
  })

  test("05 plans ten machines in each of four regions from four lines", async () => {
    const folder = join(copy.folder, "manifests", "05-imagenet-horovod")
    expect(readFileSync(join(folder, "manifest.csv"), "utf8").trimEnd().split("\n")).toHaveLength(4)
    const { stdout } = await regatta(folder, "plan", "manifest.csv", "-o", "json")
    const plan = JSON.parse(stdout) as { readonly size: number; readonly regions: readonly object[] }
    expect(plan.size).toBe(4)
    expect(plan.regions).toEqual(
      ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"].map((region) =>
        expect.objectContaining({ region, rows: 1, instances: { "ml.p3.16xlarge": 10 } }),
      ),
    )
  })

  test("05: the request of a line is the Horovod job of its region", async () => {
    const folder = join(copy.folder, "manifests", "05-imagenet-horovod")
    const { code, stdout, stderr } = await regatta(folder, "run-row", "manifest.csv", "3", "--dry-run", "-o", "json")
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      region: "eu-central-1",
      operation: "CreateTrainingJob",
      request: {
        AlgorithmSpecification: {
          TrainingImage: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sage-py3-tf-hvd:latest",
        },
        HyperParameters: {
          sagemaker_program: '"train.py"',
          sagemaker_mpi_enabled: "true",
          sagemaker_mpi_num_of_processes_per_host: "8",
          sagemaker_mpi_custom_mpi_options: JSON.stringify(
            "-mca btl_vader_single_copy_mechanism none -x HOROVOD_HIERARCHICAL_ALLREDUCE=1 -x HOROVOD_FUSION_THRESHOLD=16777216 -x NCCL_MIN_NRINGS=8 -x NCCL_LAUNCH_MODE=PARALLEL",
          ),
        },
        InputDataConfig: [
          {
            ChannelName: "train",
            DataSource: { S3DataSource: { S3Uri: "s3://imagenet-eu-central-1/imagenet2012/tf-imagenet/resized" } },
          },
        ],
        ResourceConfig: { InstanceType: "ml.p3.16xlarge", InstanceCount: 10, VolumeSizeInGB: 100 },
      },
    })
  })

  test("05: the entry script ends as its trainer ended", async () => {
    const folder = join(copy.folder, "failing-trainer")
    mkdirSync(folder)
    const entry = readFileSync(join(ROOT, "manifests", "05-imagenet-horovod", "code", "train.py"), "utf8")
    writeFileSync(join(folder, "train.py"), entry)
    writeFileSync(join(folder, "resnet50.py"), "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    const env = { SM_CHANNEL_TRAIN: "/data", SM_MODEL_DIR: "/model" }
    const { code, stdout } = await run("python3", ["train.py", "--epochs", "3"], { cwd: folder, env })
    expect(code).toBe(7)
    expect(stdout).toContain("'--data=/data', '--model=/model', '--epochs=90'")
    expect(stdout).toContain("'--epochs', '3']")
  })

  test("07 trains the whole grid", async () => {
    const { rows } = await submitted("07-grid-sweep", 0)
    expect(rows.map((row) => row.status)).toEqual(Array(18).fill("completed"))
    expect(new Set(rows.map((row) => metric(row, "accuracy"))).size).toBeGreaterThan(6)
  })

  test("13 trains every point of the sweep that its space gives", async () => {
    const folder = join(copy.folder, "manifests", "13-sweep")
    const swept = await regatta(folder, "sweep", "space.yaml", "-o", "again.csv")
    expect(swept.code, swept.stderr).toBe(0)
    expect(readFileSync(join(folder, "again.csv"), "utf8")).toBe(readFileSync(join(folder, "manifest.csv"), "utf8"))
    const { rows } = await submitted("13-sweep", 0)
    expect(rows.map((row) => row.status)).toEqual(Array(24).fill("completed"))
    expect(new Set(rows.map((row) => metric(row, "accuracy"))).size).toBeGreaterThan(12)
  })

  test("08 tells each failure as what it was", async () => {
    const { rows } = await submitted("08-failures", 3)
    expect(rows.map((row) => [row.name, row.status])).toEqual([
      ["completes", "completed"],
      ["gives-a-reason", "failed"],
      ["throws", "failed"],
      ["runs-too-long", "stopped"],
      ["throws-too", "failed"],
      ["second-try-helps", "completed"],
    ])
    expect(rows[1]?.reason).toContain("the validation data has no labels")
    expect(rows[5]?.attempt).toBe(2)
  })
})

/** Submits an example and waits for its end; `code` is the exit code that it must have. */
async function submitted(example: string, code: number): Promise<StatusDocument> {
  const folder = join(copy.folder, "manifests", example)
  const ended = await regatta(folder, "submit", "manifest.csv", "--wait", "-y", "-o", "json")
  expect(ended.code, ended.stderr).toBe(code)
  return JSON.parse(ended.stdout) as StatusDocument
}

function metric(row: StatusRow | undefined, name: string): number {
  const value = row?.metrics[name]
  if (value === undefined) throw new Error(`row ${row?.index} has no metric ${name}`)
  return value
}
