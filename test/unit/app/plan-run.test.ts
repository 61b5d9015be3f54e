import { describe, expect, test } from "vitest"
import { runName } from "../../../src/app/plan-run.ts"
import { AWS_YAML, FOLDER, onlyRow, plan } from "../../plan-bed.ts"

const HEADER = "region,s3_location"

describe("a manifest without a header", () => {
  test("is told by the region in its first cell, and has region and s3_location", async () => {
    const { plan: planned, specs } = await plan("us-east-1,s3://bkt-a/x/\neu-west-1,s3://bkt-b/y/\n")
    expect(planned?.size).toBe(2)
    expect(specs.map(({ index, region, channels }) => [index, region, channels[0]?.name, channels[0]?.uri])).toEqual([
      [0, "us-east-1", "train", "s3://bkt-a/x/"],
      [1, "eu-west-1", "train", "s3://bkt-b/y/"],
    ])
  })

  test("may not have further cells", async () => {
    const { said } = await plan("us-east-1,s3://bkt-a/x/,3\n")
    expect(said).toEqual([
      "manifest.csv line 1: this record has 3 cells, and there are 2 columns: name the further ones in the header or with --columns",
    ])
  })

  test("takes the names of --columns for further cells", async () => {
    const columns = ["region", "s3_location", "hp.lr"]
    const { specs } = await plan("us-east-1,s3://bkt-a/x/,0.1\n", { request: { columns } })
    expect(specs[0]?.hyperparameters).toEqual({ lr: "0.1" })
  })

  test("with --columns has a row in its first record whatever it looks like", async () => {
    const { said } = await plan("region,s3://bkt/x\n", { request: { columns: ["region", "s3_location"] } })
    expect(said).toEqual([
      expect.stringContaining('manifest.csv line 1, column "region": there is no AWS region "region"'),
    ])
  })
})

describe("settings", () => {
  const yaml = `${AWS_YAML}  max_runtime: 1h
  hp.lr: 0.1
  channel.validation: s3://val-{region}/{hp.lr}/
regions:
  eu-west-1:
    max_runtime: 2h
    instance_type: ml.c5.xlarge
`
  test("are those of a cell, else the region's, else the defaults", async () => {
    const { specs } = await plan(
      `${HEADER},max_runtime\nus-east-1,s3://bkt/x,\neu-west-1,s3://bkt/x,\neu-west-1,s3://bkt/x,3h\n`,
      { yaml },
    )
    expect(specs.map((spec) => spec.maxRuntimeSeconds)).toEqual([3600, 7200, 10_800])
    expect(specs.map((spec) => spec.places[0].instanceType)).toEqual(["ml.m5.large", "ml.c5.xlarge", "ml.c5.xlarge"])
  })

  test("have their placeholders filled in, {run} and {attempt} excepted", async () => {
    const spec = await onlyRow(
      `${HEADER},hp.lr,output,name\nus-east-1,s3://bkt/x,0.5,s3://out/{run}/{attempt}/{row},{region} {hp.lr}\n`,
      { yaml },
    )
    expect(spec.channels.map(({ uri }) => uri)).toEqual(["s3://bkt/x", "s3://val-us-east-1/0.5/"])
    expect(spec.output).toBe("s3://out/{run}/{attempt}/0")
    expect(spec.name).toBe("us-east-1 0.5")
    expect(spec.trains).toEqual({ kind: "image", image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1" })
  })

  test("that name an algorithm in a cell overrule the image of the defaults, and the other way round", async () => {
    const spec = await onlyRow(`${HEADER},algorithm\nus-east-1,s3://bkt/x,xgboost:1.5-1\n`)
    expect(spec.trains).toEqual({ kind: "algorithm", name: "xgboost", version: "1.5-1" })
    const other = `${AWS_YAML.replace(/ {2}image.*/, "  algorithm: xgboost:1.5-1")}`
    expect((await onlyRow(`${HEADER},image\nus-east-1,s3://bkt/x,x:1\n`, { yaml: other })).trains).toEqual({
      kind: "image",
      image: "x:1",
    })
  })

  test("have the SageMaker SDK's defaults where nobody sets them", async () => {
    expect(await onlyRow("us-east-1,s3://bkt/x\n")).toMatchObject({
      volumeGb: 30,
      maxRuntimeSeconds: 86_400,
      output: "s3://sagemaker-us-east-1-123456789012/",
      maxAttempts: 1,
      maxWaitingSeconds: 604_800,
      places: [{ region: "us-east-1", instanceType: "ml.m5.large", instances: 1, spot: false }],
      channels: [{ distribution: "FullyReplicated", inputMode: "File", dataType: "S3Prefix", compression: "None" }],
      checkpoint: null,
      priority: 0,
    })
  })

  test("keep the text of a hyperparameter of YAML what it is: a number a number, a text a text", async () => {
    const typed = `${AWS_YAML}  hp:
    lr: 1e-5
    depth: 1.0
    version: "1.0"
    on: true
    "yes": "true"
    layers: [1, 2]
    name: adam
    quoted: '"x"'
`
    const spec = await onlyRow("us-east-1,s3://bkt/x\n", { yaml: typed })
    expect(spec.hyperparameters).toEqual({
      lr: "1e-5",
      depth: "1.0",
      version: '"1.0"',
      on: "true",
      yes: '"true"',
      layers: "[1,2]",
      name: "adam",
      quoted: JSON.stringify('"x"'),
    })
  })

  test("fill a quoted text in inside its quotes", async () => {
    const typed = `${AWS_YAML}  hp.version: "1.0"\n  hp.path: '"{region}"'\n  name: v{hp.version}\n`
    const spec = await onlyRow("us-east-1,s3://bkt/x\n", { yaml: typed })
    expect(spec.name).toBe("v1.0")
    expect(JSON.parse(JSON.parse(spec.hyperparameters["path"] ?? ""))).toBe("us-east-1")
  })

  test("give equal rows equal pinned lines, whatever the order of the columns", async () => {
    const [one, other] = [
      await plan("region,channel.b,channel.a,hp.x,hp.a\nus-east-1,s3://bkt/b,s3://bkt/a,1,2\n"),
      await plan("hp.a,hp.x,channel.a,region,channel.b\n2,1,s3://bkt/a,us-east-1,s3://bkt/b\n"),
    ]
    expect(one.plan?.rowsSha256).toBe(other.plan?.rowsSha256)
    expect(one.plan?.manifest.sha256).not.toBe(other.plan?.manifest.sha256)
  })
})

describe("paths", () => {
  const yaml = `on: local
defaults:
  image: x:1
  instance_type: ml.m5.large
  entry_point: train.mjs
  source_dir: ../shared/code
  channel.validation: data/validation
`
  const files = {
    "../shared/code/train.mjs": "",
    "data/validation/a.csv": "1",
    "rows/data/b.csv": "1",
    "rows/lib/x.mjs": "",
  }

  test("begin at the regatta.yaml for a setting and at the manifest for a cell", async () => {
    const manifest = `${FOLDER}/rows/manifest.csv`
    const csv = "region,channel.train,dependencies,output\nus-east-1,data/,lib;../rows/lib/x.mjs,../out\n"
    const { specs, codes, said } = await plan("", {
      yaml,
      files: { ...files, "rows/manifest.csv": csv },
      request: { manifest },
    })
    expect(said).toEqual([])
    expect(specs[0]?.channels.map(({ uri }) => uri)).toEqual([
      `file://${FOLDER}/rows/data/`,
      `file://${FOLDER}/data/validation`,
    ])
    expect(specs[0]?.output).toBe(`file://${FOLDER}/out/`)
    expect(codes).toEqual([
      {
        folder: "/home/ada/shared/code",
        entry: "/home/ada/shared/code/train.mjs",
        dependencies: [`${FOLDER}/rows/lib`, `${FOLDER}/rows/lib/x.mjs`],
      },
    ])
    expect(specs[0]?.program).toEqual({
      entryPoint: "train.mjs",
      sourceDir: "../shared/code",
      dependencies: ["lib", "../rows/lib/x.mjs"],
      archive: null,
    })
  })

  test("without a source_dir leave the script alone under its own name", async () => {
    const { specs, codes } = await plan("region,entry_point\nus-east-1,code/deep/fit.py\n", {
      yaml: "defaults: {image: x, instance_type: ml.m5.large}",
      files: { "code/deep/fit.py": "" },
    })
    expect(specs[0]?.program?.entryPoint).toBe("fit.py")
    expect(codes[0]).toEqual({ folder: null, entry: `${FOLDER}/code/deep/fit.py`, dependencies: [] })
  })

  test("keep {run} and {attempt} readable in a file URI", async () => {
    const spec = await onlyRow("region,checkpoint\nus-east-1,ck points/{run}/{attempt}\n", {
      yaml: "defaults: {image: x, entry_point: a.py, instance_type: ml.m5.large}",
      files: { "a.py": "" },
    })
    expect(spec.checkpoint?.uri).toBe(`file://${FOLDER}/ck%20points/{run}/{attempt}`)
  })
})

describe("the plan", () => {
  test("counts regions, instances and slices, and says what it did not check", async () => {
    const csv = `${HEADER},instance_count,spot\nus-east-1,s3://bkt/a,2,\nus-east-1,s3://bkt/b,3,true\neu-west-1,s3://bkt/c,1,\n`
    const yaml = `${AWS_YAML}limits: {us-east-1: {ml.m5.large: 4}}\n`
    const { plan: planned } = await plan(csv, { yaml })
    expect(planned?.regions).toEqual([
      {
        region: "us-east-1",
        rows: 2,
        instances: { "ml.m5.large": 2, "ml.m5.large/spot": 3 },
        limits: { "ml.m5.large": 4 },
      },
      { region: "eu-west-1", rows: 1, instances: { "ml.m5.large": 1 }, limits: {} },
    ])
    expect(planned).toMatchObject({
      version: 1,
      on: "aws",
      name: "project",
      size: 3,
      slices: [3],
      follow: "attached",
      cost: null,
    })
    expect(planned?.notChecked.join()).toContain("needs calls to AWS")
    expect(planned?.notChecked.join()).toMatch(/whether AWS's image.* exists/)
    expect(planned?.warnings.map(({ column }) => column).toSorted()).toEqual(["max_wait", "spot"])
  })

  test("gives a price range of the rows whose prices are known, and counts the others", async () => {
    const csv = `${HEADER},max_runtime,expected_runtime,instance_count\nus-east-1,s3://bkt/a,2h,1h,3\neu-west-1,s3://bkt/c,1h,,\n`
    const { plan: planned } = await plan(csv, { yaml: `${AWS_YAML}prices: {us-east-1: {ml.m5.large: 0.5}}\n` })
    expect(planned?.cost).toEqual({
      lowUsd: 1.5,
      highUsd: 3,
      expectedUsd: 1.5,
      dearestRowUsd: 1.5,
      earlierRuntimeSeconds: null,
      unknownRows: 1,
      basis: expect.stringContaining("expected_runtime"),
    })
  })

  test("lists what local does not apply, with the number of rows", async () => {
    const csv = "region,volume_gb,tag.team,kms_key\nus-east-1,100,a,\nus-east-1,,b,alias/x\n"
    const { plan: planned } = await plan(csv, {
      yaml: "defaults: {image: x, entry_point: a.py, instance_type: ml.m5.large, role: arn:aws:iam::123456789012:role/x}",
      files: { "a.py": "" },
    })
    expect(planned?.notApplied).toEqual({ image: 2, role: 2, volume_gb: 1, "tag.team": 2, kms_key: 1 })
  })

  test("of one row leaves the others unread", async () => {
    const csv = `${HEADER}\nnowhere,s3://bkt/a\nus-east-1,s3://bkt/b\nus-east-9,x\n`
    const { plan: planned, specs } = await plan(csv, { request: { row: 1 } })
    expect(planned?.size).toBe(1)
    expect(specs.map(({ index }) => index)).toEqual([1])
  })

  test("is not made for a row that is not there", async () => {
    expect((await plan(`${HEADER}\nus-east-1,s3://bkt/a\n`, { request: { row: 1 } })).said).toEqual([
      "manifest.csv: the manifest has no row 1: its only row is 0",
    ])
  })

  test.each([
    ["/x/sweep.csv", "sweep"],
    ["/x/06-big-sweep/manifest.csv", "big-sweep"],
    ["/manifest.csv", "run"],
    ["/x/10-a.b.csv", "a.b"],
  ])("of %s is named %s", (manifest, name) => {
    expect(runName(manifest)).toBe(name)
  })

  test("gives no further row once one was wrong", async () => {
    const { specs } = await plan(`${HEADER}\nus-east-1,s3://bkt/a\nnowhere,s3://bkt/b\nus-east-1,s3://bkt/c\n`)
    expect(specs).toHaveLength(1)
  })
})

test("a manifest that is missing or a folder is said so", async () => {
  await expect(plan("", { request: { manifest: `${FOLDER}/other.csv` } })).rejects.toMatchObject({ code: "notFound" })
  await expect(plan("", { request: { manifest: FOLDER } })).rejects.toMatchObject({ code: "invalid" })
})
