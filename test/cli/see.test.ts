import { createHash } from "node:crypto"
import { beforeEach, describe, expect, test } from "vitest"
import type { RunSummary } from "../../src/app/list-runs.ts"
import { textWidth } from "../../src/cli/output/text.ts"
import type { Uri } from "../../src/core/ids.ts"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { HOME, TestBed } from "./test-bed.ts"

let bed = new TestBed()
beforeEach(() => {
  bed = new TestBed()
})

/** Submits four rows of which the third fails, and sees them to their end; the run's id. */
async function finishedRun(): Promise<string> {
  const { out } = await bed.call("submit mixed.csv -y")
  await bed.call("watch @last")
  return out.trim()
}

describe("list", () => {
  test("says what to do while there is no run", async () => {
    expect(await bed.call("list")).toMatchObject({
      code: 0,
      out: "",
      err: "you have no runs yet (--all-owners shows those of others); regatta demo makes one\n",
    })
    expect((await bed.json("list")).json).toEqual({ version: 1, runs: [] })
    expect((await bed.call("list -o csv")).out).toMatch(/^id,name,owner,on,status,size,created_at,pending,/)
  })

  test("without a table says so, and makes none", async () => {
    const { code, err } = await bed.call("list")
    expect(code).toBe(0)
    expect(err).toContain("you have no runs yet")
    expect(bed.opened).toEqual([])
  })

  test("shows one's own runs, newest first, and everybody's when asked", async () => {
    const first = (await bed.call("submit good.csv -y")).out.trim()
    await bed.rest()
    const second = (await bed.call("submit mixed.csv -y", { user: "bob" })).out.trim()
    await bed.rest()
    expect((await bed.call("list -o name")).out).toBe(`${first}\n`)
    expect((await bed.call("list -o name --all-owners")).out).toBe(`${second}\n${first}\n`)
    const { runs } = (await bed.json("list --all-owners")).json as { readonly runs: readonly RunSummary[] }
    expect(runs[0]).toMatchObject({ owner: "bob", status: "ended", size: 4, counts: { completed: 3, failed: 1 } })
  })

  test("--limit says that there are more", async () => {
    for (const name of ["a", "b"]) await bed.call(`submit good.csv -y --name ${name}`)
    const { out, err } = await bed.call("list --limit 1")
    expect(out.split("\n")).toHaveLength(3)
    expect(err).toContain("--limit <n> shows more")
  })
})

describe("status", () => {
  test("names the pinned rows with the hash of what lies there", async () => {
    const { manifest } = ((await bed.json(`status ${await finishedRun()}`)).json as StatusDocument).run
    const digest = createHash("sha256")
    const pinned = await bed.objects.stat(manifest.uri as Uri, "us-east-1")
    if (pinned === null) throw new Error(`nothing is at ${manifest.uri}`)
    for await (const chunk of bed.objects.stream(pinned)) digest.update(chunk)
    expect(manifest.sha256).toBe(digest.digest("hex"))
  })

  test("is a versioned document with every row", async () => {
    const id = await finishedRun()
    const { code, json } = await bed.json(`status ${id}`)
    const { rows, ...document } = json as StatusDocument
    expect(code).toBe(0)
    expect(document).toMatchObject({
      version: 1,
      run: { id, name: "mixed", owner: "ada", on: "local", status: "ended", size: 4 },
      counts: { completed: 3, failed: 1, pending: 0 },
      cost: { estimatedUsd: null, actualUsd: null },
    })
    expect(rows).toHaveLength(4)
    expect(rows[1]).toEqual({
      index: 1,
      name: "two",
      region: "us-east-1",
      status: "completed",
      phase: null,
      attempt: 1,
      trainingJob: `${id}-r1-a1`,
      reason: null,
      instanceType: "ml.m5.large",
      instanceCount: 1,
      hyperparameters: { quality: 0.9, outcome: "completed" },
      metrics: { accuracy: 0.9 },
      startedAt: expect.stringMatching(/^2026-11-20T14:22:/),
      endedAt: expect.stringMatching(/^2026-11-20T14:22:/),
      billableSeconds: 10,
      costUsd: null,
      artifact: `s3://regatta/out/${id}-r1-a1/model.tar.gz`,
    })
    expect(rows[2]).toMatchObject({ status: "failed", reason: "exit code 3: no such luck", artifact: null })
  })

  test("says what to type next where a row failed, and nothing to a program", async () => {
    const id = await finishedRun()
    expect((await bed.call("status @last")).err).toContain(`see why    regatta logs ${id} 2\n`)
    expect((await bed.call("status @last -o json")).err).toBe("")
    await bed.call("submit good.csv -y --wait")
    expect((await bed.call("status @last")).err).toBe("")
  })

  test("fits a terminal of 80 columns, and is whole where it is piped", async () => {
    await finishedRun()
    const narrow = await bed.call("status @last", { isTerminal: true, columns: 80 })
    for (const line of narrow.out.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80)
    const piped = await bed.call("status @last")
    expect(piped.out).toContain("1 x ml.m5.large")
    expect(piped.out).toContain("exit code 3: no such luck")
  })

  test("has no escape sequence without colour, and has some with it", async () => {
    await finishedRun()
    expect((await bed.call("status @last", { isTerminal: true })).out).not.toContain("\u001b")
    expect((await bed.call("status @last", { isTerminal: true, color: true })).out).toContain("\u001b[32m")
  })

  test("csv has a column for each hyperparameter and metric, jsonl a line for each row, name the indexes", async () => {
    await finishedRun()
    const csv = (await bed.call("status @last -o csv")).out.split("\n")
    expect(csv[0]).toMatch(
      /^index,name,region,status,.*,hp\.outcome,hp\.quality,metric\.accuracy$|^index,.*metric\.accuracy$/,
    )
    expect(csv).toHaveLength(6)
    const lines = (await bed.call("status @last -o jsonl")).out.trim().split("\n")
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual([0, 1, 2, 3])
    expect((await bed.call("status @last -o name")).out).toBe("0\n1\n2\n3\n")
  })

  test("a run in the middle of its work shows phases and why rows are pending", async () => {
    await bed.call("submit mixed.csv -y")
    const { out } = await bed.call("status @last", { after: [0, () => {}] })
    expect(out).toContain("pending")
    const { json } = await bed.json("status @last --no-refresh")
    expect((json as StatusDocument).run.status).toBe("active")
  })

  test("by name, by the beginning of the id, by @last; and not what is another's", async () => {
    const id = await finishedRun()
    for (const name of ["mixed", id.slice(0, 12), "@last"]) {
      expect((await bed.call(`status ${name} -o name`)).code).toBe(0)
    }
    const theirs = await bed.call(`status ${id}`, { user: "bob" })
    expect(theirs.code).toBe(2)
    expect(theirs.err).toContain(`${id} belongs to ada`)
    expect(theirs.err).toContain("--all-owners")
    expect((await bed.call(`status ${id} --all-owners`, { user: "bob" })).code).toBe(0)
  })

  test("of no run, or without a table, exits 2 and says what to do", async () => {
    for (const prepare of [
      async () => {},
      () => bed.compose({ on: "local", table: "", stateFolder: "" }, {} as never).table(),
    ]) {
      await prepare()
      const { code, err, out } = await bed.call("status @last")
      expect([code, out]).toEqual([2, ""])
      expect(err).toContain("there is no run yet")
      expect(err).toContain("regatta submit")
    }
  })
})

describe("watch", () => {
  test("has one line per change, and ends with the run: 3 when a row failed", async () => {
    const { out: id } = await bed.call("submit mixed.csv -y")
    const { code, out, err } = await bed.call("watch @last")
    const next = `  see why    regatta logs ${id.trim()} 2\n  try again  regatta retry ${id.trim()} --failed\n`
    expect([code, err]).toEqual([3, next])
    expect(out).not.toContain("\u001b")
    const lines = out.split("\n").filter((line) => line.includes("row 2"))
    expect(lines[0]).toMatch(/^14:22:\d\d row 2 \(three\) eu-west-1 /)
    expect(lines.some((line) => line.includes("running, training"))).toBe(true)
    expect(lines.at(-1)).toContain("failed: exit code 3: no such luck")
    expect(out).toContain("1 row failed (2; eu-west-1): exit code 3: no such luck")
  })

  test("draws bars per region on a terminal, and moves the cursor only there", async () => {
    await bed.call("submit good.csv -y")
    const { code, out } = await bed.call("watch @last", { isTerminal: true, env: { LANG: "C.UTF-8" } })
    expect(code).toBe(0)
    expect(out).toContain("\u001b[3A\u001b[0J")
    const last = out.slice(out.lastIndexOf("\u001b[0J"))
    expect(last).toContain(`eu-west-1 ${"█".repeat(24)} 2/2`)
    expect(last).toContain("completed 4")
  })

  test("draws in ASCII where the terminal may not know more", async () => {
    await bed.call("submit good.csv -y")
    const { out } = await bed.call("watch @last", { isTerminal: true, env: { LANG: "C" } })
    expect(out).toContain(`eu-west-1 ${"#".repeat(24)} 2/2`)
    expect(out).not.toContain("█")
  })

  test("never passes the width of the terminal", async () => {
    await bed.call("submit mixed.csv -y")
    const { out } = await bed.call("watch @last", { isTerminal: true, columns: 50 })
    for (const line of out.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(50)
  })

  test("-o jsonl has one document per change, -o json one at the end", async () => {
    await bed.call("submit good.csv -y")
    const lines = (await bed.call("watch @last -o jsonl")).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ status: "completed" })
    expect(((await bed.json("watch @last")).json as StatusDocument).counts.completed).toBe(4)
  })

  test("Ctrl-C detaches with 130, SIGTERM with 143, and both say how to come back", async () => {
    await bed.call("submit good.csv -y")
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const { code, err } = await bed.call("watch @last", { after: [1_000, (call) => call.interrupt(signal)] })
      expect(code).toBe(exit)
      expect(err).toMatch(/detached; the run goes on\n {2}see it again {2}regatta watch rg-/)
    }
  })

  test("--timeout exits 6", async () => {
    await bed.call("submit good.csv -y")
    expect((await bed.call("watch @last --timeout 2s")).code).toBe(6)
  })
})

describe("logs", () => {
  test("prints the lines of a row's training job", async () => {
    await finishedRun()
    expect(await bed.call("logs @last 1")).toMatchObject({ code: 0, out: "epoch 1\naccuracy=0.9\n", err: "" })
    expect((await bed.call("logs @last 1 --tail 1")).out).toBe("accuracy=0.9\n")
    const [line = ""] = (await bed.call("logs @last 1 -o jsonl")).out.split("\n")
    expect(JSON.parse(line)).toMatchObject({ host: "algo-1", text: "epoch 1" })
  })

  test("names the hosts where there are several, and picks one", async () => {
    bed.files.put(`${HOME}/wide.csv`, "region,instance_count\nus-east-1,2\n")
    await bed.call("submit wide.csv -y --wait")
    expect((await bed.call("logs @last 0")).out).toBe(
      "algo-1 epoch 1\nalgo-1 accuracy=0.5\nalgo-2 epoch 1\nalgo-2 accuracy=0.5\n",
    )
    expect((await bed.call("logs @last 0 --host algo-2")).out).toBe("epoch 1\naccuracy=0.5\n")
    expect((await bed.call("logs @last 0 --host algo-7")).err).toBe("the log has no line of host algo-7\n")
  })

  test("--follow waits for a row that has not begun, and ends with it", async () => {
    await bed.call("submit good.csv -y")
    const { code, out } = await bed.call("logs @last 3 --follow")
    expect([code, out]).toEqual([0, "epoch 1\naccuracy=0.8\n"])
  })

  test("of a row that has not begun says so; of no row names the rows there are", async () => {
    await bed.call("submit good.csv -y")
    const early = await bed.call("logs @last 3")
    expect(early.code).toBe(2)
    expect(early.err).toContain("has no training job yet: it is pending")
    const none = await bed.call("logs @last 9")
    expect(none.code).toBe(2)
    expect(none.err).toContain("has no row 9: it has rows 0 to 3")
    expect((await bed.call("logs @last two")).err).toContain('whole number from 0, got "two"')
    expect((await bed.call("logs @last 0 -o json")).err).toContain("--output json is not for logs")
  })
})
