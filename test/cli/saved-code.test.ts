import { describe, expect, test } from "vitest"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

describe("submit of a saved plan", () => {
  test("is refused by the script's name once the script changed, and goes on when it is as it was", async () => {
    const bed = new TestBed()
    await bed.call("plan good.csv --save plan.json")
    bed.files.put(`${HOME}/train.mjs`, "console.log('other training')")
    for (const line of ["submit plan.json -y", "submit plan.json --dry-run"]) {
      const { code, err, out } = await bed.call(line)
      expect([code, out]).toEqual([2, ""])
      expect(err).toContain(`the program ${HOME}/train.mjs changed since the plan was saved`)
      expect(err).toContain("regatta plan --save")
    }
    expect(bed.training.created).toEqual([])
    bed.files.put(`${HOME}/train.mjs`, "console.log('training')")
    expect((await bed.call("submit plan.json -y --wait")).code).toBe(0)
  })

  test("is refused when a file beside the script changed", async () => {
    const settings = SETTINGS.replace("train.mjs", "train.mjs\n  source_dir: code\n  dependencies: lib")
    const bed = new TestBed({
      [`${HOME}/regatta.yaml`]: settings,
      [`${HOME}/code/train.mjs`]: "1",
      [`${HOME}/lib/model.mjs`]: "1",
    })
    expect((await bed.call("plan good.csv --save plan.json")).code).toBe(0)
    bed.files.put(`${HOME}/lib/model.mjs`, "2")
    const { code, err } = await bed.call("submit plan.json -y")
    expect(code).toBe(2)
    expect(err).toContain(
      `${HOME}/code/train.mjs, or what is packed with it (${HOME}/code, ${HOME}/lib), changed since`,
    )
  })

  test("is refused when the file has no hashes of its programs", async () => {
    const bed = new TestBed()
    await bed.call("plan good.csv --save plan.json")
    const { code: _, ...older } = JSON.parse((await bed.files.readText(`${HOME}/plan.json`)) ?? "")
    bed.files.put(`${HOME}/plan.json`, JSON.stringify(older))
    const { code, err } = await bed.call("submit plan.json -y")
    expect(code).toBe(2)
    expect(err).toContain("is not a plan that `plan --save` wrote")
  })
})
