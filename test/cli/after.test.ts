import { beforeEach, describe, expect, test } from "vitest"
import { textWidth } from "../../src/cli/output/text.ts"
import type { Uri } from "../../src/core/ids.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

let bed = new TestBed()
let run = ""
beforeEach(async () => {
  bed = new TestBed()
  run = (await bed.call("submit mixed.csv -y")).out.trim()
  await bed.call("watch @last")
})

describe("results", () => {
  test("ranks by the metric, best first; rows without it are last", async () => {
    const { code, json } = await bed.json("results @last --by accuracy")
    const { by, items } = json as { by: unknown; items: readonly { index: number; rank: number | null }[] }
    expect([code, by]).toEqual([0, { metric: "accuracy", direction: "max" }])
    expect(items.map(({ index, rank }) => [index, rank])).toEqual([
      [1, 1],
      [3, 2],
      [0, 3],
      [2, 4],
    ])
    expect((await bed.call("results @last --by accuracy:min -o name")).out).toBe("2\n0\n3\n1\n")
  })

  test("shows what differs, hyperparameters first, and nothing that is the same", async () => {
    const { json } = await bed.json("results @last")
    expect(json).toMatchObject({ version: 1, differing: ["hp.outcome", "hp.quality", "region"] })
    const { out } = await bed.call("results @last", { isTerminal: true, columns: 80 })
    expect(out).toContain("by accuracy, highest first; --by accuracy:min turns it round")
    expect(out).not.toContain("ml.m5.large")
    for (const line of out.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80)
  })

  test("csv is for a spreadsheet", async () => {
    const { out } = await bed.call("results @last --by accuracy -o csv")
    expect(out.split("\n").slice(0, 2)).toEqual([
      "rank,index,name,status,hp.outcome,hp.quality,region,metric.accuracy,wall_seconds,billable_seconds,cost_usd",
      "1,1,two,completed,completed,0.9,us-east-1,0.9,11,10,",
    ])
  })

  test("a metric that is none names those there are", async () => {
    const { code, err } = await bed.call("results @last --by f1")
    expect(code).toBe(2)
    expect(err).toContain('has the metric "f1": there are: accuracy')
    expect((await bed.call("results @last --by a:b:c")).code).toBe(2)
  })
})

describe("results in groups", () => {
  test("rows alike in the named settings are one line with mean and spread", async () => {
    const { code, json } = await bed.json("results @last --group-by region --by accuracy")
    const { groupedBy, groups } = json as { groupedBy: unknown; groups: readonly Record<string, unknown>[] }
    expect([code, groupedBy]).toEqual([0, ["region"]])
    expect(groups).toMatchObject([
      { rank: 1, settings: { region: "us-east-1" }, rows: [0, 1], metrics: { accuracy: { count: 2, mean: 0.8 } } },
      { rank: 2, settings: { region: "eu-west-1" }, rows: [2, 3] },
    ])
    const { out } = await bed.call("results @last --group-by region")
    expect(out).toContain("0.8 ± 0.14")
  })

  test("repeats are folded over the settings that only repeat", async () => {
    const { out } = await bed.call("results @last --fold hp.quality,region -o csv")
    const [head = "", ...lines] = out.trimEnd().split("\n")
    expect(head.startsWith("rank,rows,hp.outcome,metric.accuracy.n,metric.accuracy.mean,metric.accuracy.spread")).toBe(
      true,
    )
    expect(lines.map((line) => line.split(",").slice(0, 4).join(","))).toEqual(["1,3,completed,3", "2,1,failed,1"])
  })

  test.each([
    ["results @last --group-by hp.depth", 'do not differ in "hp.depth"'],
    ["results @last --group-by region --fold", "exclude each other"],
    ["results @last --pareto --fold", "looks at single rows"],
    ["results @last --pareto speed", "one of cost, billed, wall"],
    ["results @last --pareto", "the cost of no row"],
  ])("%s exits 2: %s", async (line, message) => {
    const { code, err } = await bed.call(line)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
  })

  test("the front against billed time is marked", async () => {
    const { out } = await bed.call("results @last --pareto billed -o csv")
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(",").slice(0, 3).join(","))
    expect(lines).toEqual(["rank,pareto,index", "1,true,1", "2,false,3", "3,false,0", "4,false,2"])
    expect((await bed.call("results @last --pareto billed")).out).toContain("* is on the front against billed time")
  })
})

describe("compare", () => {
  test("one run is compared row by row, with a conclusion", async () => {
    const { code, json } = await bed.json("compare @last 1 0")
    expect(code).toBe(0)
    expect(json).toMatchObject({
      version: 1,
      differing: ["hp.quality"],
      items: [
        { run, index: 1, wallSeconds: 11, billableSeconds: 10, costUsd: null, relation: null },
        { run, index: 0, settings: { "hp.quality": "0.7" }, metrics: { accuracy: 0.7 }, relation: { speedUp: 1 } },
      ],
      conclusion: expect.stringContaining("row 0 against row 1: no faster (11 s both)"),
    })
  })

  test("what failed is shown and not compared; other runs are compared whole", async () => {
    const { out } = await bed.call("compare @last")
    expect(out).toContain("Not compared: row 2 is failed.")
    const other = (await bed.call("submit good.csv -y")).out.trim()
    await bed.call(`watch ${other}`)
    const { json } = await bed.json(`compare ${other} ${run}`)
    expect(json).toMatchObject({
      items: [
        { run: other, index: null, rows: 4 },
        { run, index: null },
      ],
    })
    expect((json as { conclusion: string }).conclusion).toContain(`Only ${other} completed.`)
    expect((await bed.call(`compare ${other} ${other}`)).err).toContain("is named twice")
  })

  test("a row that the run has not is named", async () => {
    const { code, err } = await bed.call("compare @last 0 9")
    expect([code, err]).toEqual([2, expect.stringContaining("has no row 9")])
  })
})

describe("cost", () => {
  test("says what is not known, what was wasted and what is not in it", async () => {
    const { code, out } = await bed.call("cost @last")
    expect(code).toBe(0)
    expect(out).toContain("? for 4 ended attempts, 40s of billed instance-time")
    expect(out).toContain("wasted on failed attempts: 1 attempt, 10s billed, ?")
    expect(out).toContain("Not in it: discounts")
  })

  test("counts with the prices that the run was submitted with", async () => {
    bed.files.put(
      `${HOME}/regatta.yaml`,
      `${SETTINGS}prices:\n  us-east-1: { ml.m5.large: 36 }\n  eu-west-1: { ml.m5.large: 72 }\n`,
    )
    await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    const { json } = await bed.json("cost @last")
    expect(json).toMatchObject({
      version: 1,
      total: { attempts: 4, billableSeconds: 40, costUsd: 0.6, unknown: 0 },
      by: {
        region: [
          { key: "eu-west-1", costUsd: 0.4 },
          { key: "us-east-1", costUsd: 0.2 },
        ],
      },
      wasted: { failed: { attempts: 1, costUsd: 0.2 }, interrupted: { attempts: 0 } },
      spot: null,
    })
    expect((await bed.call("cost @last --by region -o name")).out).toBe("eu-west-1\nus-east-1\n")
  })
})

describe("download", () => {
  beforeEach(() => {
    for (const row of [0, 1, 3]) {
      const uri = `s3://regatta/out/${run}-r${row}-a1/model.tar.gz` as Uri
      bed.objects.overwrite(uri, new TextEncoder().encode(`artifact ${row}`))
    }
  })

  test("unpacks the artifact of a row into a folder named after it", async () => {
    const { code, out } = await bed.call("download @last 1")
    expect([code, out]).toEqual([0, `row 1: 1 file, 10 B, in ${HOME}/${run}/row-1\n`])
    expect(bed.unpacked).toEqual([{ folder: `${HOME}/${run}/row-1`, bytes: 10 }])
  })

  test("takes the best row, and the folder that is named", async () => {
    const { out, err } = await bed.call("download @last --best accuracy --to model -o name")
    expect([out, err]).toEqual([`${HOME}/model\n`, "best by accuracy (max): row 1\n"])
  })

  test("a dry run says what it would do", async () => {
    const { code, out } = await bed.call("download @last 1 --dry-run")
    expect([code, bed.unpacked]).toEqual([0, []])
    expect(out).toContain("would unpack s3://regatta/out/")
  })

  test.each([
    ["download @last 2", "row 2 of", "has no artifact: it is failed"],
    ["download @last", "name one row", "--best METRIC"],
    ["download @last 1 --best accuracy", "name one row", "--best METRIC"],
    ["download @last 7", "has no row 7", "rows 0 to 3"],
    ["download @last --best f1", 'the metric "f1"', "accuracy"],
  ])("%s exits 2: %s", async (line, ...messages) => {
    const { code, err } = await bed.call(line)
    expect(code).toBe(2)
    for (const message of messages) expect(err).toContain(message)
  })

  test("an artifact that is gone is named", async () => {
    await bed.objects.remove([`s3://regatta/out/${run}-r1-a1/model.tar.gz` as Uri])
    expect((await bed.call("download @last 1")).err).toContain("is gone: s3://regatta/out/")
  })
})
