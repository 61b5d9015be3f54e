import { describe, expect, test } from "vitest"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

describe("submit", () => {
  test("waits for every row, and prints the status of the run", async () => {
    const { code, json } = await new TestBed().json("submit good.csv -y --wait")
    const document = json as StatusDocument
    expect(code).toBe(0)
    expect(document.counts).toMatchObject({ completed: 4 })
    expect(document.rows.map(({ metrics }) => metrics["accuracy"])).toEqual([0.7, 0.9, 0.5, 0.8])
    expect(document.rows.map(({ billableSeconds }) => billableSeconds)).toEqual([10, 10, 10, 10])
  })

  test("exits 3 when a row failed, and shows its reason", async () => {
    const { code, out, err } = await new TestBed().call("submit mixed.csv -y --wait")
    expect(err).toMatch(/see why {4}regatta logs rg-\S+ 2\n {2}try again {2}regatta retry rg-\S+ --failed\n$/)
    expect(code).toBe(3)
    expect(out).toContain("1 row failed (2; eu-west-1): exit code 3: no such luck")
  })

  test("without waiting prints the run's id alone, for scripts", async () => {
    const { code, out, err } = await new TestBed().call("submit good.csv -y")
    expect(code).toBe(0)
    expect(out).toMatch(/^rg-20261120142233-good-[a-z0-9]{4}\n$/)
    expect(err).toContain(`regatta watch ${out.trim()}`)
  })

  test("asks on a terminal, and submits nothing without a yes", async () => {
    for (const answers of [["n"], [""], []]) {
      const bed = new TestBed()
      const { code, questions, err } = await bed.call("submit good.csv", { isInteractive: true, answers })
      expect(questions).toEqual(["Submit 4 rows in 2 regions, 1 array job, at an unknown price? [y/N] "])
      expect([code, bed.training.created]).toEqual([7, []])
      expect(err).toContain("not confirmed; nothing was changed")
    }
    const { code } = await new TestBed().call("submit good.csv", { isInteractive: true, answers: ["y"] })
    expect(code).toBe(0)
  })

  test("is refused where nobody can be asked", async () => {
    const bed = new TestBed()
    const { code, err, out } = await bed.call("submit good.csv")
    expect([code, out]).toEqual([7, ""])
    expect(err).toContain("add --yes")
    expect((await bed.call("list -o name --all-owners")).out).toBe("")
  })

  test("a dry run shows the plan and opens nothing", async () => {
    const bed = new TestBed()
    const { code, out } = await bed.call("submit good.csv --dry-run")
    expect(code).toBe(0)
    expect(out).toContain("4 rows in 2 regions")
    expect(bed.opened).toEqual([])
  })

  test("every problem of the manifest is shown together, and nothing is submitted", async () => {
    const rows = "region,instance_count\nus-east-1,0\nus-eest-1,1\nus-east-1,x\n"
    const bed = new TestBed({ [`${HOME}/bad.csv`]: rows })
    const { code, err, out } = await bed.call("submit bad.csv -y")
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain('bad.csv line 2, column "instance_count"')
    expect(err).toContain('bad.csv line 3, column "region"')
    expect(err).toContain('bad.csv line 4, column "instance_count"')
    expect(bed.training.created).toEqual([])
  })

  test("the same problem of many rows is shown once with their number", async () => {
    const rows = `region,instance_count\n${"us-east-1,0\n".repeat(500)}`
    const { err } = await new TestBed({ [`${HOME}/bad.csv`]: rows }).call("submit bad.csv -y")
    expect(err.match(/instance_count/g)).toHaveLength(1)
    expect(err).toContain("and 499 more lines to line 501")
  })

  test("--timeout leaves the run going, and says how to come back", async () => {
    const bed = new TestBed()
    const { code, err } = await bed.call("submit good.csv -y --wait --timeout 5s")
    expect(code).toBe(6)
    expect(err).toMatch(
      /5s have passed; the run goes on\n {2}see it again {2}regatta watch rg-\S+\n {2}stop it {7}regatta stop rg-/,
    )
    await bed.rest()
    const { json } = await bed.json("status @last")
    expect((json as StatusDocument).counts.completed).toBe(4)
  })

  test("Ctrl-C while waiting detaches: the run goes on", async () => {
    const bed = new TestBed()
    const { code, err } = await bed.call("submit good.csv -y --wait", { after: [5_000, (call) => call.interrupt()] })
    expect(code).toBe(130)
    expect(err).toContain("detached; the run goes on\n  see it again  regatta watch rg-")
    await bed.rest()
    expect(((await bed.json("status @last")).json as StatusDocument).counts.completed).toBe(4)
  })

  test("Ctrl-C before the run exists submits nothing", async () => {
    const bed = new TestBed()
    const stream = bed.files.stream.bind(bed.files)
    bed.files.stream = async function* (path) {
      await bed.clock.sleep(bed.clock.now() + 10_000)
      yield* stream(path)
    }
    const { code, err, out } = await bed.call("submit good.csv -y", { after: [1_000, (call) => call.interrupt()] })
    expect([code, out]).toEqual([130, ""])
    expect(err).toContain("interrupted; nothing was submitted")
    await bed.rest()
    expect((await bed.call("list -o name")).out).toBe("")
    expect(bed.training.created).toEqual([])
  })

  test("Ctrl-C once the run exists says how to go on", async () => {
    const bed = new TestBed()
    const create = bed.table.createRun.bind(bed.table)
    bed.table.createRun = async (run) => {
      await bed.clock.sleep(bed.clock.now() + 10_000)
      return create(run)
    }
    const { code, err } = await bed.call("submit good.csv -y", { after: [1_000, (call) => call.interrupt()] })
    expect(code).toBe(5)
    expect(err).toMatch(/hint: `regatta submit --resume rg-\S+` goes on/)
    expect((await bed.call("submit --resume @last --wait")).code).toBe(0)
  })

  test("-o name is the run's id, waited for or not", async () => {
    const bed = new TestBed()
    for (const line of ["submit good.csv -y -o name", "submit good.csv -y -o name --wait"]) {
      expect((await bed.call(line)).out).toMatch(/^rg-\S+\n$/)
    }
  })

  test("a plan that was saved is obeyed, and refused once the manifest says something else", async () => {
    const bed = new TestBed()
    await bed.call("plan good.csv --save plan.json")
    expect((await bed.call("submit plan.json -y --wait")).code).toBe(0)
    bed.files.put(`${HOME}/good.csv`, "region,hp.quality\nus-east-1,1\n")
    const { code, err } = await bed.call("submit plan.json -y")
    expect(code).toBe(2)
    expect(err).toContain("not what the saved plan was made of")
  })

  test("a plan has its own columns, name and platform", async () => {
    const bed = new TestBed()
    await bed.call("plan good.csv --save plan.json")
    const { code, err } = await bed.call("submit plan.json -y --name other")
    expect(code).toBe(2)
    expect(err).toContain("--name is not for a saved plan")
  })

  test.each([
    ["no.json", "there is no file"],
    ["regatta.json", "is not a plan"],
  ])("%s is no plan", async (name, message) => {
    const { code, err } = await new TestBed({ [`${HOME}/regatta.json`]: "[]" }).call(`submit ${name} -y`)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test("--resume goes on with a run by its name, by its manifest, or the newest", async () => {
    const bed = new TestBed()
    const { out } = await bed.call("submit good.csv -y")
    for (const how of ["--resume", "--resume good", "--resume good.csv", `--resume ${out.trim()}`]) {
      const resumed = await bed.call(`submit ${how} --wait`)
      expect([resumed.code, how]).toEqual([0, how])
    }
    expect(bed.training.created).toHaveLength(4)
  })

  test("--resume of a run that is wholly submitted, or has ended, says so", async () => {
    const bed = new TestBed()
    await bed.call("submit good.csv -y")
    const active = await bed.call("submit --resume @last")
    expect([active.code, active.err.includes("rows submitted")]).toEqual([0, false])
    expect(active.err).toContain("nothing was left to submit")
    await bed.call("watch @last")
    const ended = await bed.call("submit --resume @last")
    expect([ended.code, ended.err.includes("rows submitted")]).toEqual([0, false])
    expect(ended.err).toContain("the run has ended: there is nothing to go on with")
    expect(ended.err).not.toContain("regatta stop")
  })

  test("--resume of what was never submitted says so", async () => {
    const bed = new TestBed()
    await bed.call("submit mixed.csv -y")
    const { code, err } = await bed.call("submit --resume good.csv")
    expect(code).toBe(2)
    expect(err).toContain(`no run of yours was submitted from ${HOME}/good.csv`)
  })

  test("a budget needs prices", async () => {
    const { code, err } = await new TestBed().call("submit good.csv -y --max-cost 5")
    expect(code).toBe(7)
    expect(err).toContain("--allow-unknown-price")
  })

  test.each([
    ["submit good.csv --max-cost nothing", "--max-cost is an amount in USD"],
    ["submit good.csv -y --wait --timeout soon", "--timeout is a duration"],
    ["submit good.csv -y --timeout 5s", "it goes with --wait"],
    ["submit", "name a manifest"],
    ["submit good.csv --on mars", "Allowed choices are local, aws, simulated"],
    ["submit good.csv -y --on aws", "runs on aws need home in regatta.yaml"],
    ["submit good.csv -y --on simulated", "not built yet"],
    ["submit missing.csv -y", "missing.csv"],
  ])("%s exits 2: %s", async (line, message) => {
    const bed = new TestBed()
    const { code, err, out } = await bed.call(line)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(message)
    expect(bed.training.created).toEqual([])
  })
})

describe("a detached run", () => {
  const detached = () => {
    const bed = new TestBed()
    bed.files.put(`${HOME}/regatta.yaml`, `${SETTINGS}follow: detached\n`)
    return bed
  }

  test("gets a follower, once", async () => {
    const bed = detached()
    const { code, err } = await bed.call("submit good.csv -y")
    expect([code, bed.queue.followed.length]).toEqual([0, 1])
    expect(err).toContain(`a follower was started for ${bed.queue.followed[0]}\n`)
  })

  test("gets none with --no-follower, and says how to go on", async () => {
    const bed = detached()
    const { code, err } = await bed.call("submit good.csv -y --no-follower")
    expect([code, bed.queue.followed]).toEqual([0, []])
    expect(err).toMatch(/no follower is started; what waits goes on with: regatta follow rg-/)
  })

  test("needs none where children stay with their rows", async () => {
    const bed = new TestBed()
    const { err } = await bed.call("submit good.csv -y")
    expect(bed.queue.followed).toEqual([])
    expect(err).not.toContain("follower")
  })
})
