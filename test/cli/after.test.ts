import { beforeEach, describe, expect, test } from "vitest"
import { textWidth } from "../../src/cli/output/text.ts"
import type { Uri } from "../../src/core/ids.ts"
import { HOME, TestBed } from "./test-bed.ts"

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
      "1,1,two,completed,completed,0.9,us-east-1,0.9,10,10,",
    ])
  })

  test("a metric that is none names those there are", async () => {
    const { code, err } = await bed.call("results @last --by f1")
    expect(code).toBe(2)
    expect(err).toContain('has the metric "f1": there are: accuracy')
    expect((await bed.call("results @last --by a:b:c")).code).toBe(2)
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
    bed.objects.remove(`s3://regatta/out/${run}-r1-a1/model.tar.gz` as Uri)
    expect((await bed.call("download @last 1")).err).toContain("is gone: s3://regatta/out/")
  })
})
