import { describe, expect, test } from "vitest"
import type { PlacingPorts } from "../../../src/app/place-rows.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import { FakeAccount } from "../../fake-account.ts"
import { AWS_YAML, plan } from "../../plan-bed.ts"

/** Data of 2 objects of a gigabyte each wherever it is asked for, in buckets whose names end in their region. */
function placing(difference: Partial<PlacingPorts> & { readonly objects?: Readonly<Record<string, number>> } = {}) {
  const listed: string[] = []
  const ports: PlacingPorts & { readonly listed: readonly string[] } = {
    listed,
    data: async () => ({
      bucketRegion: async (bucket) => {
        if (bucket.startsWith("secret")) throw new RegattaError("denied", "not yours")
        return /[a-z]+-[a-z]+-\d$/.exec(bucket)?.[0].replace(/^.*?((?:us|eu)-)/, "$1") ?? null
      },
      async *list(uri: Uri) {
        listed.push(uri)
        const count = difference.objects?.[uri] ?? 2
        for (let at = 0; at < count; at += 1)
          yield { uri: `${uri}/part-${at}` as Uri, bytes: 1_000_000_000, etag: `"${at}"` }
      },
    }),
    optimizer: async () => {
      throw new Error("nothing is to be weighed")
    },
    ...difference,
  }
  return ports
}

const AUTO =
  "region,s3_location\nauto,s3://data-us-west-2/a\nauto,s3://data-eu-west-1/b\nus-east-1,s3://data-us-east-1/c\n"

describe("region: auto", () => {
  test("is the region of the row's bucket, and nothing is listed or weighed for it", async () => {
    const ports = placing()
    const { specs, said, plan: found } = await plan(AUTO, { placing: ports })
    expect(said).toEqual([])
    expect(specs.map(({ region, places, channels }) => [region, places[0].region, channels[0]?.uri])).toEqual([
      ["us-west-2", "us-west-2", "s3://data-us-west-2/a"],
      ["eu-west-1", "eu-west-1", "s3://data-eu-west-1/b"],
      ["us-east-1", "us-east-1", "s3://data-us-east-1/c"],
    ])
    expect(found?.placement?.rows).toEqual([
      { index: 0, place: "data", region: "us-west-2", from: "us-west-2", reason: "us-west-2: its data lies there" },
      { index: 1, place: "data", region: "eu-west-1", from: "eu-west-1", reason: "eu-west-1: its data lies there" },
    ])
    expect(ports.listed).toEqual([])
  })

  test("begins an array file without a header, and may stand in defaults", async () => {
    const file = await plan("auto,s3://data-us-west-2/a\n", { placing: placing() })
    expect(file.specs.map(({ region }) => region)).toEqual(["us-west-2"])
    const yaml = `${AWS_YAML}  region: auto\nregions: {us-west-2: {instance_type: ml.p3.2xlarge}}\n`
    const defaults = await plan("s3_location\ns3://data-us-west-2/a\n", { yaml, placing: placing() })
    expect(defaults.specs.map(({ places }) => places[0].instanceType)).toEqual(["ml.p3.2xlarge"])
  })

  test("takes placement.buckets before it asks, and asks each bucket's region where it is needed alone", async () => {
    const yaml = `${AWS_YAML}placement: {buckets: {secret-1: eu-central-1}}\n`
    const { specs, said } = await plan("auto,s3://secret-1/a\n", { yaml, placing: placing() })
    expect(said).toEqual([])
    expect(specs.map(({ region }) => region)).toEqual(["eu-central-1"])
  })

  test.each([
    [
      "a bucket that nobody knows",
      "region,s3_location\nauto,s3://nowhere/x\n",
      'manifest.csv line 2, column "s3_location": there is no bucket nowhere, got "s3://nowhere/x"',
    ],
    [
      "a bucket that does not say",
      "region,s3_location\nauto,s3://secret-2/x\n",
      "the region of the bucket secret-2 is not known (not yours): set it under placement.buckets",
    ],
    [
      "no data",
      "region,hp.lr\nauto,1\n",
      'column "region": no channel in S3 says where the data of this row lies: name its region',
    ],
    ["{region} in its data", "region,s3_location\nauto,s3://data-{region}/x\n", "name one of the two"],
    [
      "a row that is wrong otherwise",
      "region,s3_location,instance_type\nauto,s3://data-us-west-2/a,p3\n",
      "instance type",
    ],
  ])("%s is told at its line", async (_, csv, message) => {
    const { plan: found, said } = await plan(csv, { placing: placing() })
    expect(found).toBeNull()
    expect(said).toEqual([expect.stringContaining(message)])
    expect(said[0]).toContain("manifest.csv line 2")
  })

  test("all wrong rows are told together, those that the planning itself finds too", async () => {
    const csv =
      "region,s3_location,instance_count\nauto,s3://nowhere/x,1\nus-east-1,s3://data-us-east-1/x,0\nauto,s3://data-us-west-2/a,1\n"
    const { said } = await plan(csv, { placing: placing() })
    expect(said).toHaveLength(2)
  })
})

describe("on this machine", () => {
  const local = (buckets: string) => ({
    yaml: `on: local
storage: {map: {recordings: data}}
placement: {buckets: {${buckets}}}
defaults: {image: "x:1", entry_point: train.mjs, instance_type: ml.m5.large}
`,
    files: { "train.mjs": "1", "data/x/part": "1" },
    placing: placing({ data: async () => ({ async *list() {} }) }),
  })

  test("a bucket is where placement.buckets has it, and nowhere by itself", async () => {
    const csv = "region,s3_location\nauto,s3://recordings/x\n"
    const { specs, said } = await plan(csv, local("recordings: us-west-2"))
    expect(said).toEqual([])
    expect(specs.map(({ region }) => region)).toEqual(["us-west-2"])
    expect((await plan(csv, local(""))).said).toEqual([
      expect.stringContaining("nobody here knows the region of the bucket recordings: set it under placement.buckets"),
    ])
    expect((await plan("region,s3_location\nauto,data/x\n", local(""))).said).toEqual([
      expect.stringContaining("is of this machine, which is in no region: name the row's region"),
    ])
  })
})

describe("a manifest whose rows are pinned", () => {
  test("pays no first pass", async () => {
    const ports = placing({
      data: async () => {
        throw new Error("asked")
      },
    })
    for (const csv of [
      "us-east-1,s3://data-us-east-1/c\n",
      "region,s3_location,hp.mode\nus-east-1,s3://data-us-east-1/c,manual\n",
    ]) {
      const { said, plan: found } = await plan(csv, { placing: ports })
      expect(said).toEqual([])
      expect(found?.placement).toBeUndefined()
    }
  })

  test("may have a column place, and a row of another place is no other's", async () => {
    const csv =
      "region,s3_location,place\nus-east-1,s3://data-us-east-1/c,pinned\nus-east-1,s3://data-us-west-2/c,data\n"
    const { specs, plan: found } = await plan(csv, { placing: placing() })
    expect(specs.map(({ region }) => region)).toEqual(["us-east-1", "us-west-2"])
    expect(found?.placement?.rows.map(({ index, from }) => [index, from])).toEqual([[1, "us-east-1"]])
  })
})

describe("where nobody chooses", () => {
  test.each([
    ["region,s3_location,place\nus-east-1,s3://data-us-east-1/c,cheapest\n", 'column "place"'],
    ["region,s3_location\nauto,s3://data-us-east-1/c\n", 'column "region"'],
  ])("such a row is refused: %j", async (csv, column) => {
    const { said, plan: found } = await plan(csv)
    expect(found).toBeNull()
    expect(said).toEqual([expect.stringMatching(/chosen by `plan` and `submit`/)])
    expect(said[0]).toContain(column)
  })

  test("whoever carries one row keeps it in its region, or takes it to its data", async () => {
    const csv =
      "region,s3_location,place\nus-east-1,s3://data-us-east-1/c,cheapest\nauto,s3://data-us-west-2/a,fastest\n"
    const first = await plan(csv, { placing: placing(), request: { row: 0 } })
    expect(first.said).toEqual([])
    expect(first.specs.map(({ region }) => region)).toEqual(["us-east-1"])
    const second = await plan(csv, { placing: placing(), request: { row: 1 } })
    expect(second.specs.map(({ index, region }) => [index, region])).toEqual([[1, "us-west-2"]])
  })
})

describe("on an account", () => {
  test("data that was found is looked at as that of any row", async () => {
    const account = new FakeAccount()
    account.objectsAt.set("s3://data-us-west-2/a", 0)
    const { said } = await plan("auto,s3://data-us-west-2/a\n", { placing: placing(), account })
    expect(said).toContainEqual(expect.stringContaining("nothing is at s3://data-us-west-2/a"))
  })
})
