import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { FakeAccount } from "../fake-account.ts"
import { HOME, TestBed } from "./test-bed.ts"

const SPACE = `method: random
samples: 6
seed: 3
parameters:
  quality: {type: float, min: 0.5, max: 0.9}
  outcome: [completed]
columns:
  region: us-east-1
`
const GRID = `method: grid
parameters:
  optimizer: [sgd, "a,b", 'say "hi"']
  momentum: {values: [0.8, 0.9], when: optimizer == "sgd"}
`

let bed: TestBed
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/space.yaml`]: SPACE, [`${HOME}/grid.yaml`]: GRID })
})

/** A space in its own file: what it prints. */
async function sweep(text: string, flags = "") {
  bed.files.put(`${HOME}/other.yaml`, text)
  return bed.call(`sweep other.yaml ${flags}`)
}

describe("sweep", () => {
  test("prints a manifest that submit takes and trains", async () => {
    const { code, out } = await bed.call("sweep space.yaml")
    expect(code).toBe(0)
    expect(out.split("\n")).toHaveLength(8)
    expect(out).toMatch(/^name,region,hp.quality,hp.outcome\np0,us-east-1,0\.\d+,completed\n/)
    bed.files.put(`${HOME}/manifest.csv`, out)
    expect((await bed.call("submit manifest.csv --wait -y")).code).toBe(0)
  })

  test("gives the same bytes for the same seed, and others for another", async () => {
    const [first, again, other] = [
      await bed.call("sweep space.yaml"),
      await bed.call("sweep space.yaml --seed 3"),
      await bed.call("sweep space.yaml --seed 4"),
    ]
    expect(again.out).toBe(first.out)
    expect(other.out).not.toBe(first.out)
    // The bytes of this version: a change of them is a change of every user's sweeps.
    expect(first.out.split("\n")[1]).toBe("p0,us-east-1,0.8385808814,completed")
  })

  test("quotes as RFC 4180 says, and leaves cells of absent parameters empty", async () => {
    expect((await bed.call("sweep grid.yaml")).out).toBe(
      'name,hp.optimizer,hp.momentum\np0,sgd,0.8\np1,sgd,0.9\np2,"a,b",\np3,"say ""hi""",\n',
    )
  })

  test.each(["-o all/manifest.csv", "--out all/manifest.csv", "--output csv --out all/manifest.csv"])(
    "writes a file by %s",
    async (flags) => {
      const { out, err } = await bed.call(`sweep grid.yaml ${flags}`)
      expect(out).toBe("")
      expect(err).toBe("4 rows in all/manifest.csv; next: regatta plan all/manifest.csv\n")
      expect(await bed.files.readText(`${HOME}/all/manifest.csv`)).toMatch(/^name,hp.optimizer/)
    },
  )

  test("prints JSON, lines of it, and names", async () => {
    const { json } = await bed.json("sweep grid.yaml")
    expect(json).toMatchObject({ version: 1, size: 4, columns: ["name", "hp.optimizer", "hp.momentum"] })
    expect((await bed.call("sweep grid.yaml -o jsonl")).out.split("\n")[0]).toBe(
      '{"name":"p0","hp.optimizer":"sgd","hp.momentum":"0.8"}',
    )
    expect((await bed.call("sweep grid.yaml -o name")).out).toBe("p0\np1\np2\np3\n")
    expect(await bed.call("sweep grid.yaml -o xml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("csv, json, jsonl, name, or a file"),
    })
  })

  test("repeats each point with a seed of its own", async () => {
    const { out } = await sweep("method: grid\nrepeats: 2\nparameters: {a: [x, y]}\n")
    expect(out).toBe("name,hp.a,hp.seed\np0-r1,x,1\np0-r2,x,2\np1-r1,y,1\np1-r2,y,2\n")
  })

  test("crosses every point with the rows of another manifest, with or without a header", async () => {
    bed.files.put(`${HOME}/array.csv`, "us-east-1,s3://bucket-a/x/\neu-west-1,s3://bucket-b/x/\n")
    bed.files.put(`${HOME}/named.csv`, "region,name,hp.x\nus-east-1,virginia,1\n")
    const crossed = (file: string) => `method: grid\ncross: ${file}\nparameters: {a: [x, y]}\n`
    expect((await sweep(crossed("array.csv"))).out).toBe(
      "name,region,s3_location,hp.a\nus-east-1-p0,us-east-1,s3://bucket-a/x/,x\neu-west-1-p0,eu-west-1,s3://bucket-b/x/,x\n" +
        "us-east-1-p1,us-east-1,s3://bucket-a/x/,y\neu-west-1-p1,eu-west-1,s3://bucket-b/x/,y\n",
    )
    expect((await sweep(crossed("named.csv"))).out).toBe(
      "name,region,hp.x,hp.a\nvirginia-p0,us-east-1,1,x\nvirginia-p1,us-east-1,1,y\n",
    )
  })

  test("refuses to cross what fills the same column, is missing, empty or ragged", async () => {
    bed.files.put(`${HOME}/twice.csv`, "region,hp.a\nus-east-1,1\n")
    bed.files.put(`${HOME}/ragged.csv`, "region,hp.x\nus-east-1\n")
    bed.files.put(`${HOME}/empty.csv`, "")
    for (const [file, message] of [
      ["twice.csv", 'twice.csv line 1, column "hp.a": the sweep fills this column too'],
      ["ragged.csv", "ragged.csv line 2: this record has 1 cells, and there are 2 columns"],
      ["empty.csv", "empty.csv: the manifest is empty: it needs a header and a row"],
      ["gone.csv", "gone.csv"],
    ]) {
      const { code, out, err } = await sweep(`method: grid\ncross: ${file}\nparameters: {a: [x, y]}\n`)
      expect([code, out]).toEqual([2, ""])
      expect(err).toContain(message)
    }
  })

  test("says how many points of a Latin hypercube the constraints took", async () => {
    const { code, err } = await sweep(
      "method: latin-hypercube\nsamples: 10\nparameters: {a: {type: float, min: 0, max: 1}}\nconstraints: [a < 0.5]\n",
    )
    expect([code, err]).toEqual([0, "5 of 10 points: 5 did not meet the constraints, 0 were there already\n"])
  })

  test.each(["asha", "tpe"])("a search by %s is refused by name, and nothing is written", async (method) => {
    const resource = method === "asha" ? "resource: {column: hp.epochs, max: 9}\n" : ""
    const { code, out, err } = await sweep(
      `method: ${method}\nsamples: 9\nmetric: loss\n${resource}parameters: {a: [1, 2]}\n`,
      "-o x.csv",
    )
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(`${method} chooses rows by results`)
    expect(await bed.files.kind(`${HOME}/x.csv`)).toBeNull()
  })

  test("tells what contradicts itself with its line, and writes nothing", async () => {
    const { code, err } = await sweep("method: grid\nparameters: {a: [1, 2]}\nconstraints:\n  - a > 2\n", "-o x.csv")
    expect(code).toBe(2)
    expect(err).toBe(
      'other.yaml line 3, key "constraints": none of 2 points meets the constraints: they contradict each other, or what the parameters allow\n' +
        "error: /home/ada/other.yaml has 1 problem; nothing was written\n",
    )
    expect(await bed.files.kind(`${HOME}/x.csv`)).toBeNull()
  })

  test("a file that is missing or no YAML is told as such", async () => {
    expect(await bed.call("sweep gone.yaml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no search space /home/ada/gone.yaml"),
    })
    expect((await sweep("method: [grid")).err).toContain("other.yaml line 1: this is no YAML")
  })
})

describe("sweep --regions", () => {
  const SPREAD = "method: grid\nparameters: {a: {type: integer, min: 1, max: 8}}\n"
  const regionsOf = (out: string) =>
    out
      .split("\n")
      .slice(1, -1)
      .map((line) => line.split(",")[1])

  test("has equal shares where no limit is known, and says so", async () => {
    const { out, err } = await sweep(SPREAD, "--regions us-east-1,eu-west-1")
    expect(Map.groupBy(regionsOf(out), (each) => each).get("eu-west-1")).toHaveLength(4)
    expect(err).toBe(
      "rows are spread over the regions in equal shares: no limit is known for us-east-1/ml.m5.large, eu-west-1/ml.m5.large\n",
    )
  })

  test("follows the limits of regatta.yaml", async () => {
    const settings = (await bed.files.readText(`${HOME}/regatta.yaml`)) ?? ""
    bed.files.put(
      `${HOME}/regatta.yaml`,
      `${settings}limits:\n  us-east-1/ml.m5.large: 6\n  eu-west-1/ml.m5.large: 2\n`,
    )
    const { out, err } = await sweep(SPREAD, "--regions us-east-1,eu-west-1")
    expect(regionsOf(out).filter((each) => each === "us-east-1")).toHaveLength(6)
    expect(err).toBe("")
  })

  test("refuses a region beside a region column, and what is no region", async () => {
    expect((await bed.call("sweep space.yaml --regions us-east-1")).err).toContain("column region is filled twice")
    expect((await sweep(SPREAD, "--regions mars")).err).toContain("expected an AWS region such as us-east-1")
  })

  test("follows the account's quotas on aws, and asks nothing with --offline or without regions", async () => {
    bed.account = new FakeAccount()
    const settings = (await bed.files.readText(`${HOME}/regatta.yaml`)) ?? ""
    bed.files.put(`${HOME}/regatta.yaml`, settings.replace("on: local", "on: aws\nhome: us-east-1"))
    const quota = { name: "ml.m5.large for training job usage", code: "L-1" }
    bed.account.quotaOf.set("us-east-1/ml.m5.large", { ...quota, limit: 3 })
    bed.account.quotaOf.set("eu-west-1/ml.m5.large", { ...quota, limit: 1 })
    const { out, err } = await sweep(SPREAD, "--regions us-east-1,eu-west-1")
    expect(regionsOf(out).filter((each) => each === "us-east-1")).toHaveLength(6)
    expect(err).toBe("")
    expect((await sweep(SPREAD, "--regions us-east-1,eu-west-1 --offline")).err).toContain("no limit is known")
    await sweep(SPREAD)
    expect(bed.account.asked).toEqual(["quota us-east-1/ml.m5.large", "quota eu-west-1/ml.m5.large"])
  })
})

describe("examples of sweeps", () => {
  test.each(["13-sweep", "14-imagenet-region-sweep"])("the manifest of %s is what its space gives", async (example) => {
    const folder = resolve(import.meta.dirname, "../../manifests", example)
    const read = (name: string) => readFileSync(resolve(folder, name), "utf8")
    const array = readFileSync(resolve(folder, "../05-imagenet-horovod/manifest.csv"), "utf8")
    const here = new TestBed({
      "/examples/it/space.yaml": read("space.yaml"),
      "/examples/05-imagenet-horovod/manifest.csv": array,
    })
    expect((await here.call("sweep /examples/it/space.yaml")).out).toBe(read("manifest.csv"))
  })
})

test("a space may leave the region of its rows to plan", async () => {
  const { out } = await sweep(`method: grid
parameters: {outcome: [completed]}
columns: {region: auto, place: cheapest}
`)
  expect(out).toBe("name,region,place,hp.outcome\np0,auto,cheapest,completed\n")
})
