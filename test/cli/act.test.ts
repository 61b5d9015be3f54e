import { beforeEach, describe, expect, test } from "vitest"
import type { ActionDocument } from "../../src/cli/views/action-view.ts"
import { RegattaError } from "../../src/core/errors.ts"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { HOME, TestBed } from "./test-bed.ts"

const HANGING = "region,hp.outcome\nus-east-1,hangs\nus-east-1,hangs\neu-west-1,hangs\neu-west-1,hangs\n"

let bed = new TestBed()
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/hangs.csv`]: HANGING })
})

async function statuses(): Promise<readonly string[]> {
  const { json } = await bed.json("status @last --all-owners")
  return (json as StatusDocument).rows.map(({ status }) => status)
}

/** Four rows that hang, the first two at work. */
async function hangingRun(of: { readonly user?: string } = {}): Promise<string> {
  const { out } = await bed.call("submit hangs.csv -y", of)
  await bed.call("watch @last --timeout 5s", of)
  return out.trim()
}

describe("stop", () => {
  test("stops the whole run and waits until every training job has ended", async () => {
    const id = await hangingRun()
    const { code, out } = await bed.call("stop @last -y")
    expect([code, out]).toEqual([0, `stopped 4 rows of ${id} (0-3)\n`])
    expect(await statuses()).toEqual(["stopped", "stopped", "stopped", "stopped"])
    expect(bed.training.created).toHaveLength(2)
  })

  test("stops only the rows that are named", async () => {
    await hangingRun()
    const { code, json } = await bed.json("stop @last --rows 0,3 -y")
    expect(code).toBe(0)
    expect((json as ActionDocument).rows).toEqual([0, 3])
    const [first, second, , last] = await statuses()
    expect([first, second, last]).toEqual(["stopped", "running", "stopped"])
  })

  test.each(["stop", "retry"])("%s of rows that the run has not is refused", async (command) => {
    await bed.call("submit good.csv -y --wait")
    const { code, err } = await bed.call(`${command} @last --rows 0,7-9 -y`)
    expect(code).toBe(2)
    expect(err).toContain("has no row 7: it has rows 0 to 3")
  })

  test("stops a region", async () => {
    await hangingRun()
    await bed.call("stop @last --region us-east-1 -y")
    expect((await statuses()).slice(0, 2)).toEqual(["stopped", "stopped"])
  })

  test("asks, and stops nothing without a yes", async () => {
    const id = await hangingRun()
    const asked = await bed.call("stop @last", { isInteractive: true, answers: ["no"] })
    expect(asked).toMatchObject({ code: 7, questions: [`Stop 4 rows of ${id}? [y/N] `] })
    expect((await bed.call("stop @last")).code).toBe(7)
    expect((await statuses()).slice(0, 2)).toEqual(["running", "running"])
  })

  test("a dry run names the rows and stops none", async () => {
    const id = await hangingRun()
    expect(await bed.call("stop @last --dry-run --rows 0-1")).toMatchObject({
      code: 0,
      out: `would stop 2 rows of ${id} (0-1)\n`,
    })
    expect((await statuses()).slice(0, 2)).toEqual(["running", "running"])
  })

  test.each(["stop", "retry"])("the document of %s says whether it is a dry run's", async (command) => {
    await hangingRun()
    if (command === "retry") await bed.call("stop @last -y --rows 0,1")
    const rows = { action: command, rows: [0, 1] }
    const planned = await bed.json(`${command} @last --rows 0-1 --dry-run`)
    expect(planned.json).toMatchObject({ ...rows, dryRun: true })
    expect((await bed.json(`${command} @last --rows 0-1 -y`)).json).toMatchObject({ ...rows, dryRun: false })
    expect((await bed.json("stop @last --reason nothing --dry-run")).json).toMatchObject({ rows: [], dryRun: true })
  })

  test("of a run that has ended does nothing, and says so", async () => {
    await bed.call("submit good.csv -y --wait")
    const { code, err } = await bed.call("stop @last")
    expect(code).toBe(0)
    expect(err).toContain("nothing to stop")
  })

  test("--timeout exits 6 while a training job is not seen ended; stop again goes on", async () => {
    await hangingRun()
    const { code, err } = await bed.call("stop @last -y --timeout 100ms".replace("100ms", "0.1s"))
    expect(code).toBe(6)
    expect(err).toContain("the order stands. Look again: regatta stop rg-")
    expect((await bed.call("stop @last -y")).code).toBe(0)
  })

  test("another's run is named with its owner, and refused where nobody can be asked", async () => {
    const id = await hangingRun()
    const refused = await bed.call(`stop ${id} -y`, { user: "bob" })
    expect(refused.code).toBe(7)
    expect(refused.err).toContain(`${id} belongs to ada, not to you`)
    expect(refused.err).toContain("--owner ada")
    expect((await bed.call(`stop ${id} -y --owner carol`, { user: "bob" })).code).toBe(7)
    expect((await statuses()).slice(0, 2)).toEqual(["running", "running"])
    expect((await bed.call(`stop ${id} -y --owner ada`, { user: "bob" })).code).toBe(0)
  })

  test("a run that was given to Batch by hand is everybody's to see, and is changed only by who says that it is nobody's", async () => {
    // What a worker records of such a run, on local a user of that name.
    const id = await hangingRun({ user: "batch" })
    expect((await bed.call("list", { user: "bob" })).out).toMatch(new RegExp(`OWNER.*\\n${id} .* batch `))
    const refused = await bed.call("stop @last -y", { user: "bob" })
    expect(refused.code).toBe(7)
    expect(refused.err).toContain(`${id} was submitted to Batch by hand, which does not say by whom`)
    expect(refused.err).toContain("--owner batch")
    expect((await bed.call("stop @last -y --owner batch", { user: "bob" })).code).toBe(0)
  })

  test("another's run is asked about on a terminal", async () => {
    const id = await hangingRun()
    const options = { user: "bob", isInteractive: true, answers: ["y", "y"] }
    const { code, questions } = await bed.call(`stop ${id}`, options)
    expect(code).toBe(0)
    expect(questions[0]).toBe(`${id} belongs to ada. Change it? [y/N] `)
  })

  test("rows that are no rows are refused", async () => {
    await hangingRun()
    expect((await bed.call("stop @last --rows 3- -y")).err).toContain("--rows is a list such as 3,10-99")
  })
})

describe("retry", () => {
  test("launches the failed rows again, and only these", async () => {
    const { out: id } = await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    const { code, out } = await bed.call("retry @last -y --wait")
    expect(code).toBe(0)
    expect(out).toBe(`retried 1 row of ${id.trim()} (2)\n`)
    expect(bed.training.created.at(-1)).toBe(`${id.trim()}-r2-a2`)
    expect(bed.training.created).toHaveLength(5)
    expect(await statuses()).toEqual(["completed", "completed", "completed", "completed"])
  })

  test("takes rows that were stopped, and leaves what completed alone", async () => {
    await hangingRun()
    await bed.call("stop @last -y --rows 2-3")
    const { json } = await bed.json("retry @last --rows 0-3 -y")
    expect((json as ActionDocument).rows).toEqual([2, 3])
  })

  test("--wait judges the rows that were asked for, and names the others that are not completed", async () => {
    const csv = "region,hp.outcome\nus-east-1,failed\nus-east-1,completed\nus-east-1,failed\n"
    bed.files.put(`${HOME}/two.csv`, csv)
    const { out: id } = await bed.call("submit two.csv -y")
    await bed.call("watch @last")
    const { code, err } = await bed.call("retry @last --rows 2 -y --wait")
    expect(code).toBe(0)
    expect(err).toContain(`1 other row of ${id.trim()} is not completed (0): regatta status ${id.trim()}\n`)
    expect(await statuses()).toEqual(["failed", "completed", "completed"])
  })

  test("--wait exits 3 when a row that was asked for did not complete", async () => {
    await hangingRun()
    await bed.call("stop @last -y")
    const stop = () => void bed.call("stop @last -y --rows 0")
    expect((await bed.call("retry @last --rows 0 -y --wait", { after: [5_000, stop] })).code).toBe(3)
  })

  test("goes on where an earlier one died before its array was submitted", async () => {
    const { out } = await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    const { submit } = bed.queue
    bed.queue.submit = () => Promise.reject(new RegattaError("unavailable", "the queue does not answer"))
    expect((await bed.call("retry @last -y")).code).not.toBe(0)
    expect(await statuses()).toEqual(["completed", "completed", "waiting", "completed"])
    bed.queue.submit = submit.bind(bed.queue)
    expect((await bed.call("retry @last")).code).toBe(7)
    expect((await bed.call("retry @last --dry-run")).err).toContain(`would submit 1 array job of ${out}`)
    const { code, err } = await bed.call("retry @last -y --wait")
    expect([code, err.includes(out.trim())]).toEqual([0, true])
    expect(await statuses()).toEqual(["completed", "completed", "completed", "completed"])
  })

  test("--timeout without --wait is refused", async () => {
    await bed.call("submit mixed.csv -y --wait")
    expect((await bed.call("retry @last -y --timeout 5s")).code).toBe(2)
  })

  test("by reason", async () => {
    await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    expect((await bed.call("retry @last --reason LUCK --dry-run")).out).toContain("would retry 1 row")
    expect((await bed.call("retry @last --reason memory")).err).toContain("nothing to retry")
    expect(bed.training.created).toHaveLength(4)
  })

  test("without a terminal and without -y is refused; a no retries nothing", async () => {
    await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    expect((await bed.call("retry @last")).code).toBe(7)
    expect((await bed.call("retry @last", { isInteractive: true, answers: ["n"] })).code).toBe(7)
    expect(bed.training.created).toHaveLength(4)
  })

  test("another's run needs its owner's name", async () => {
    const { out } = await bed.call("submit mixed.csv -y")
    await bed.call("watch @last")
    expect((await bed.call(`retry ${out.trim()} -y`, { user: "bob" })).code).toBe(7)
    expect((await bed.call(`retry ${out.trim()} -y --owner ada`, { user: "bob" })).code).toBe(0)
  })
})

describe("run-row", () => {
  test("runs one row in the foreground, with its log, its metrics and its exit code", async () => {
    const { code, out, err } = await bed.call("run-row mixed.csv 1")
    expect(code).toBe(0)
    expect(out).toContain("epoch 1\naccuracy=0.9\n")
    expect(out).toContain("row 1 completed in 10s, billed 10s\naccuracy 0.9\nartifact s3://regatta/out/rg-")
    expect(err).toMatch(/row 1 as run rg-\S+; Ctrl-C stops it/)
    expect(err).toContain("row 1 running, training")
  })

  test("is a run of size 1 whose row keeps its index; exit 3 when it fails", async () => {
    const { code, out } = await bed.call("run-row mixed.csv 2")
    expect(code).toBe(3)
    expect(out).toContain("row 2 failed in 10s, billed 10s: exit code 3: no such luck")
    const { json } = await bed.json("status @last")
    const { run, rows } = json as StatusDocument
    expect([run.size, rows.map(({ index }) => index)]).toEqual([1, [2]])
  })

  test("-o json has the status document alone on stdout", async () => {
    const { code, json } = await bed.json("run-row mixed.csv 0")
    expect(code).toBe(0)
    expect((json as StatusDocument).rows).toMatchObject([{ index: 0, status: "completed" }])
  })

  test("the first Ctrl-C stops the training job and waits for its end", async () => {
    const { code, out, err } = await bed.call("run-row hangs.csv 0", { after: [5_000, (call) => call.interrupt()] })
    expect(code).toBe(130)
    expect(err).toContain("stopping the training job of row 0")
    expect(out).toContain("row 0 stopped")
    expect(await statuses()).toEqual(["stopped"])
  })

  test("the second Ctrl-C leaves, and says how to stop it", async () => {
    bed.training.stopMs = 60_000
    const twice = (call: { interrupt(): void }) => {
      call.interrupt()
      bed.clock.at(bed.clock.now() + 1_000, () => call.interrupt())
    }
    const { code, err } = await bed.call("run-row hangs.csv 0", { after: [5_000, twice] })
    expect(code).toBe(130)
    expect(err).toMatch(/left; stop it with regatta stop rg-\S+ --rows 0/)
  })

  test("--dry-run prints the request and touches nothing", async () => {
    const { code, out } = await bed.call("run-row mixed.csv 1 --dry-run -o json")
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      index: 1,
      region: "us-east-1",
      service: "fake",
      operation: "Create",
      request: { spec: { index: 1, hyperparameters: { quality: "0.9" } } },
      uploads: [
        {
          from: `${HOME}/train.mjs`,
          dependencies: [],
          to: expect.stringMatching(/^s3:\/\/home\/code\/[0-9a-f]{64}\.tar\.gz$/),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          bytes: expect.any(Number),
        },
      ],
    })
    expect(bed.opened).toEqual([])
  })

  test("--run carries a row of an existing run", async () => {
    await hangingRun()
    await bed.call("stop @last -y")
    expect((await bed.call("run-row --run @last 1")).out).toContain("row 1 stopped")
    expect((await bed.call("run-row --run @last 1 --dry-run")).out).toContain('"operation": "Create"')
    expect((await bed.call("run-row --run @last 7")).err).toContain("has no row 7")
  })

  test("a row that another carries says who does, and exits 75", async () => {
    await hangingRun()
    const { code, out, err } = await bed.call("run-row --run @last 0")
    // Nothing of the other's log, and no promise that Ctrl-C would stop what is not ours.
    expect([code, out]).toEqual([75, ""])
    expect(err).toMatch(/^row 0 is running; it is carried by the worker of job rg-\S+, attempt 1 \(process \S+\)\n$/)
    expect(bed.training.created).toHaveLength(2)
  })

  test.each([
    ["run-row mixed.csv 9", "the manifest has no row 9: its rows are 0 to 3"],
    ["run-row mixed.csv", "name the manifest and the index of its row"],
    ["run-row mixed.csv x", 'a whole number from 0, got "x"'],
    ["run-row mixed.csv 1 --on simulated", "not built yet"],
  ])("%s exits 2: %s", async (line, message) => {
    const { code, err } = await bed.call(line)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe("follow", () => {
  test("carries the rows that have no worker, until the run has ended", async () => {
    const { out } = await bed.call("submit good.csv -y")
    const { code, err } = await bed.call(`follow ${out.trim()}`)
    expect(code).toBe(0)
    expect(err).toContain("1 run ended, 0 active")
    expect(await statuses()).toEqual(["completed", "completed", "completed", "completed"])
  })

  test("without a run goes on until Ctrl-C", async () => {
    await bed.call("submit good.csv -y")
    const { code, err } = await bed.call("follow", { after: [60_000, (call) => call.interrupt()] })
    expect(code).toBe(130)
    expect(err).toContain("following every run of the table")
  })
})
