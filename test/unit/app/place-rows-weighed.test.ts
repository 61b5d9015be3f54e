import { describe, expect, test } from "vitest"
import { HighsOptimizer } from "../../../src/adapters/optimizer/highs/highs-optimizer.ts"
import type { PlacingPorts } from "../../../src/app/place-rows.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { PlanPlacement } from "../../../src/core/placement/plan-placement.ts"
import { FakeAccount } from "../../fake-account.ts"
import { AWS_YAML, plan } from "../../plan-bed.ts"

/** 100 GB at every prefix, in buckets `data-<region>`. */
const PLACING: PlacingPorts = {
  data: async () => ({
    bucketRegion: async (bucket) => bucket.replace("data-", ""),
    async *list(uri: Uri) {
      for (let at = 0; at < 100; at += 1) yield { uri: `${uri}/${at}` as Uri, bytes: 1e9, etag: `"${at}"` }
    },
  }),
  optimizer: async () => new HighsOptimizer(),
}

const PRICES = `prices:
  us-east-1: {ml.m5.large: 1}
  eu-west-1: {ml.m5.large: 2}
`
const YAML = `${AWS_YAML}  expected_runtime: 20h
${PRICES}placement: {transfer_usd_per_gb: 0.02}
`
const ROW = "region,s3_location,place\neu-west-1,s3://data-eu-west-1/x,cheapest\n"

async function placement(csv: string, yaml = YAML, account?: FakeAccount): Promise<PlanPlacement> {
  const { plan: found, said } = await plan(csv, {
    yaml,
    placing: PLACING,
    ...(account === undefined ? {} : { account }),
  })
  if (found?.placement === undefined) throw new Error(`nothing was placed:\n${said.join("\n")}`)
  return found.placement
}

describe("rows that may move", () => {
  test("are moved with their data where that pays, and train on the copy with the settings of their region", async () => {
    const yaml = `${YAML}regions: {us-east-1: {volume_gb: 500}}\n`
    const { specs, said, plan: found } = await plan(ROW, { yaml, placing: PLACING })
    expect(said).toEqual([])
    expect(found?.placement).toMatchObject({
      rows: [{ index: 0, place: "cheapest", region: "us-east-1", from: "eu-west-1" }],
      copies: [
        { source: "s3://data-eu-west-1/x", from: "eu-west-1", to: "us-east-1", bytes: 1e11, objects: 100, usd: 2 },
      ],
      usd: 22,
      baselineUsd: 40,
      basis: "hours of 1 row from expected_runtime",
    })
    expect(found?.placement?.rows[0]?.reason).toContain("saves $18")
    expect(specs[0]).toMatchObject({
      region: "us-east-1",
      volumeGb: 500,
      output: "s3://sagemaker-us-east-1-123456789012/",
      copiedFrom: { train: "s3://data-eu-west-1/x" },
      channels: [
        { uri: expect.stringMatching(/^s3:\/\/sagemaker-us-east-1-123456789012\/regatta\/copies\/\w{32}\/x$/) },
      ],
    })
  })

  test("read in a channel the {region} of their data, and elsewhere that of their training", async () => {
    const csv = "region,s3_location,place,hp.where\neu-west-1,s3://data-{region}/x,cheapest,{region}\n"
    const { specs } = await plan(csv, { yaml: YAML, placing: PLACING })
    expect(specs[0]?.copiedFrom).toEqual({ train: "s3://data-eu-west-1/x" })
    expect(specs[0]?.hyperparameters).toEqual({ where: "us-east-1" })
  })

  test("of more copies than a run of its table has, the plan says that submit refuses it", async () => {
    const rows = Array.from({ length: 251 }, (_, at) => `eu-west-1,s3://data-eu-west-1/x${at},cheapest\n`)
    const csv = `region,s3_location,place\n${rows.join("")}`
    const { copies, notes, basis } = await placement(csv, `${YAML}table: dynamodb:runs\n`)
    expect([copies.length, basis]).toEqual([251, "hours of 251 rows from expected_runtime"])
    expect(notes).toContainEqual(expect.stringMatching(/^a run in this table has 250 copies at most, .*plan has 251/))
  })

  test("share one copy, and lie where placement.store says", async () => {
    const yaml = YAML.replace("0.02}", "0.02, store: 's3://copies-{region}/'}")
    const csv = `${ROW}eu-west-1,s3://data-eu-west-1/x,fastest\n`
    const { copies } = await placement(csv, yaml)
    expect(copies).toHaveLength(1)
    expect(copies[0]?.target).toMatch(/^s3:\/\/copies-us-east-1\/\w{32}\/x$/)
  })

  test("are chosen for by --place, whatever they say themselves", async () => {
    const csv = "region,s3_location\neu-west-1,s3://data-eu-west-1/x\n"
    const { specs } = await plan(csv, { yaml: YAML, placing: PLACING, request: { place: "cheapest" } })
    expect(specs[0]?.region).toBe("us-east-1")
    const pinned = await plan(ROW, { yaml: YAML, placing: PLACING, request: { place: "pinned" } })
    expect(pinned.specs[0]?.region).toBe("eu-west-1")
    expect(pinned.plan?.placement).toBeUndefined()
  })

  test("are weighed by what the account tells: prices, quotas, and what trains now", async () => {
    const account = new FakeAccount()
    account.priceOf.set("us-east-1/ml.m5.large", 1)
    account.priceOf.set("eu-west-1/ml.m5.large", 2)
    account.quotaOf.set("us-east-1/ml.m5.large", { name: "q", code: "L-1", limit: 0 })
    const yaml = YAML.replace(PRICES, "").replace("0.02}", "0.02, regions: [us-east-1, eu-west-1]}")
    expect((await placement(ROW, yaml, account)).rows[0]?.region).toBe("eu-west-1")
    account.quotaOf.delete("us-east-1/ml.m5.large")
    expect((await placement(ROW, yaml, account)).rows[0]?.region).toBe("us-east-1")
  })

  test("stay where residency keeps them or their data", async () => {
    const row = ROW.replace("place\n", "place,residency\n").replace("cheapest\n", "cheapest,eu-*\n")
    expect((await placement(row)).rows[0]?.region).toBe("eu-west-1")
    const data = YAML.replace("0.02}", "0.02, residency: {data-eu-west-1/x: [eu-*]}}")
    expect((await placement(ROW, data)).rows[0]?.region).toBe("eu-west-1")
  })

  test("stay, and the plan says why, where no price of the transfer is known", async () => {
    const { rows, notes } = await placement(ROW, YAML.replace("{transfer_usd_per_gb: 0.02}", "{}"))
    expect(rows[0]?.region).toBe("eu-west-1")
    expect(notes.join("\n")).toContain("no transfer price from eu-west-1 is known")
  })
})

describe("what cannot be", () => {
  const refusal = async (csv: string, yaml = YAML) => {
    const error = await plan(csv, { yaml, placing: PLACING }).then(
      ({ said }) => said.join("\n"),
      (thrown: unknown) => thrown,
    )
    return error instanceof RegattaError ? `${error.code}: ${error.message} ${error.hint ?? ""}` : String(error)
  }

  test("a home without a price; a region without one is no place to move to, and that is said", async () => {
    expect(await refusal(ROW, YAML.replace("  eu-west-1: {ml.m5.large: 2}\n", ""))).toContain(
      "invalid: no place for line 2: no price of ml.m5.large is known in eu-west-1, its own region, so whether another is better cannot be told (us-east-1 has a price)",
    )
    const { rows, notes } = await placement(ROW, YAML.replace("0.02}", "0.02, regions: [us-east-1, us-west-2]}"))
    expect(rows[0]?.region).toBe("us-east-1")
    expect(notes.join("\n")).toContain("us-west-2")
  })

  test("a deadline that cannot be met", async () => {
    const message = await refusal(ROW, YAML.replace("0.02}", "0.02, deadline: 2h}"))
    expect(message).toMatch(/^invalid: .*2/)
    expect(message).toContain("line 2")
  })

  test("a residency that allows no region", async () => {
    const csv = ROW.replace("place\n", "place,residency\n").replace("cheapest\n", "cheapest,ap-*\n")
    expect(await refusal(csv)).toMatch(/ap-\*|residency|allowed/)
  })

  test.each([
    ["channel.train.data_type", "ManifestFile", "a list of objects"],
    ["channel.more", "efs://fs-01234567/x", "a file system"],
    ["channel.more", "s3://data-eu-west-1/{run}/", "not there before the run"],
  ])("a row that may move and cannot: %s %s", async (column, value, message) => {
    const csv = `region,s3_location,place,${column}\neu-west-1,s3://data-eu-west-1/x,cheapest,${value}\n`
    const said = await refusal(csv)
    expect(said).toContain(message)
    expect(said).toContain("manifest.csv line 2")
    expect(said).toContain("set place to pinned or data")
  })

  test("an output or a fallback of one region, for a row that was moved", async () => {
    const output = ROW.replace("place\n", "place,output\n").replace("cheapest\n", "cheapest,s3://models-eu-west-1/\n")
    expect(await refusal(output)).toContain("write {region} in output")
    const fallback = ROW.replace("place\n", "place,fallback\n").replace("cheapest\n", "cheapest,eu-west-1/*\n")
    expect(await refusal(fallback)).toContain("write * for the region of a fallback")
  })

  test("data that is not there, or cannot be listed", async () => {
    const gone = { ...PLACING, data: async () => ({ async *list() {} }) }
    const empty = await plan(ROW, { yaml: YAML, placing: gone })
    expect(empty.said).toEqual([expect.stringContaining("nothing is at s3://data-eu-west-1/x")])
    const nobody = await plan(ROW, { yaml: YAML, placing: { ...PLACING, data: async () => null } })
    expect(nobody.said).toEqual([expect.stringContaining("is not known, for nothing was asked of AWS")])
  })
})
