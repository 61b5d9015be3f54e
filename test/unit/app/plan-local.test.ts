import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MachineCheck } from "../../../src/app/check-machine.ts"
import { aSpec, localSettings } from "../../builders.ts"
import { FOLDER, plan } from "../../plan-bed.ts"

const YAML = `on: local
storage: {map: {bkt: data, bkt/deep: deeper}}
local: {algorithms: {xgboost: [python3, ./stand_in.py]}}
defaults: {image: x, entry_point: a.py, instance_type: ml.m5.large}
`
const FILES = {
  "a.py": "",
  "data/train/1.csv": "",
  "data/train/2.csv": "",
  "data/training.csv": "",
  "deeper/x": "",
  "deeper/a.py": "",
  "deeper/data/y": "",
  "code/a.py": "",
  "empty.txt": "",
}
const bed = { yaml: YAML, files: FILES }

describe("on local an input", () => {
  test.each([
    ["s3://bkt/train/", "a folder of the storage map"],
    ["s3://bkt/train", "a folder without a slash"],
    ["s3://bkt/train/1.csv", "one object"],
    ["s3://bkt/trai", "a prefix that is no folder"],
    ["s3://bkt/deep/x", "the longest prefix of the storage map"],
    [`file://${FOLDER}/data/train/`, "a file URI"],
    ["data/train", "a path"],
    ["s3://{hp.b}/train/", "a location with placeholders"],
    ["s3://bkt/{run}/later/", "what only the run will write"],
  ])("%s is found: %s", async (location) => {
    const { said, plan: planned } = await plan(`region,s3_location,hp.b\nus-east-1,${location},bkt\n`, bed)
    expect(said).toEqual([])
    expect(planned?.size).toBe(1)
  })

  test.each([
    ["s3://bkt/nowhere/", `nothing is at s3://bkt/nowhere/: looked in ${FOLDER}/data/nowhere/`],
    ["s3://bkt/train/3", `nothing is at s3://bkt/train/3: looked in ${FOLDER}/data/train/3`],
    [
      "s3://other/x/",
      "s3://other/x/ has no folder on this machine: name one for other under storage.map in regatta.yaml",
    ],
    ["missing", `nothing is at file://${FOLDER}/missing`],
  ])("%s is missed", async (location, message) => {
    const { said } = await plan(`region,s3_location\nus-east-1,${location}\n`, bed)
    expect(said).toEqual([expect.stringContaining(`manifest.csv line 2, column "s3_location": ${message}`)])
  })

  test("that an earlier run wrote to an s3:// place without a folder is found in the state's storage", async () => {
    const files = { ...FILES, ".regatta/storage/sagemaker-us-east-1-000000000000/run/model.tar.gz": "" }
    const csv = "region,channel.model\nus-east-1,s3://sagemaker-us-east-1-{account}/run/model.tar.gz\n"
    expect((await plan(csv, { yaml: YAML, files })).said).toEqual([])
  })

  test("in shards for more hosts than it has objects is a warning", async () => {
    const csv = "region,s3_location,channel.train.distribution,instance_count\n"
    const { said, plan: planned } = await plan(
      `${csv}us-east-1,s3://bkt/train/,ShardedByS3Key,3\nus-east-1,s3://bkt/train/,ShardedByS3Key,2\n`,
      bed,
    )
    expect(planned).not.toBeNull()
    expect(said).toEqual([expect.stringContaining("2 of 3 hosts get one, the others nothing")])
  })

  test("and code are looked for once, however many rows have them", async () => {
    const files = new CountingFiles({ "/data/a": "", "/code/a.py": "" })
    const check = new MachineCheck(files, {
      on: "local",
      storageMap: { bkt: "/data" },
      stateFolder: "/state",
      local: localSettings(),
    })
    const [channel] = (await plan("us-east-1,s3://bkt/\n")).specs[0]?.channels ?? []
    const spec = aSpec({ channels: channel === undefined ? [] : [channel] })
    for (let row = 0; row < 20; row++) {
      expect(await check.row(spec, { folder: "/code", entry: "/code/a.py", dependencies: [] })).toEqual([])
    }
    expect(files.asked.toSorted()).toEqual(["/code", "/code/a.py", "/data/", "/data/"])
  })
})

describe("on local a row", () => {
  test.each([
    ["entry_point", "b.py", `there is no script ${FOLDER}/b.py`],
    ["entry_point", "data", `${FOLDER}/data is a folder`],
    ["entry_point,source_dir", "1.csv,data", `there is no script ${FOLDER}/data/1.csv`],
    ["dependencies", "lib; a.py", `there is no file or folder ${FOLDER}/lib`],
    ["dependencies", "data; deeper/data/", `${FOLDER}/data and ${FOLDER}/deeper/data would both be packed as data`],
    ["dependencies", "deeper/a.py", `${FOLDER}/a.py and ${FOLDER}/deeper/a.py would both be packed as a.py`],
    ["source_dir,dependencies", "code,deeper/a.py", `${FOLDER}/deeper/a.py would be named a.py`],
    ["entry_point", "train.R", "on local an entry point ends in .py"],
    ["algorithm", "kmeans", 'no command for "kmeans" under local.algorithms'],
    ["source_dir", "s3://bkt/code.tar.gz", "code in S3 does not run on local"],
    ["distribution", "torchrun", '"torchrun" does not run on local'],
    ["s3_location,channel.train.input_mode", "s3://bkt/train/,Pipe", '"Pipe" does not run on local'],
  ])("with %s = %s is refused", async (header, cells, message) => {
    const { plan: planned, said } = await plan(`region,${header}\nus-east-1,${cells}\n`, bed)
    expect(planned).toBeNull()
    expect(said.join()).toContain(message)
  })

  test("with an image alone has no program", async () => {
    const yaml = "defaults: {image: x, instance_type: ml.m5.large}"
    expect((await plan("region\nus-east-1\n", { yaml })).said.join()).toContain(
      "an image alone does not run on local yet",
    )
  })

  test("with an algorithm that has a command or a stand-in is right, whatever image the others have", async () => {
    const { said, specs } = await plan(
      "region,algorithm\nus-east-1,xgboost:1.5-1\nus-east-1,linear-learner\nus-east-1,\n",
      bed,
    )
    expect(said).toEqual([])
    expect(specs.map(({ trains }) => trains.kind)).toEqual(["algorithm", "algorithm", "image"])
  })
})

test("on aws inputs are not looked for, and the plan says so", async () => {
  const { said, plan: planned } = await plan("region,s3_location\nus-east-1,s3://nowhere/x\n")
  expect(said).toEqual([])
  expect(planned?.notChecked.join()).toContain("that inputs exist")
})

class CountingFiles extends MemoryFileSystem {
  readonly asked: string[] = []

  override kind(path: string) {
    this.asked.push(path)
    return super.kind(path)
  }

  override list(path: string) {
    this.asked.push(path)
    return super.list(path)
  }
}
