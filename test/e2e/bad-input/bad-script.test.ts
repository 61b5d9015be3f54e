import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { aProject, members, type Project, settings, statusOf, submitted, until } from "./project.ts"

let project: Project
beforeEach(() => {
  project = aProject()
})
afterEach(() => project.remove())

const FAILING = `case "$SM_HP_WHAT" in
  reason) echo "the data has no labels" > "$SM_OUTPUT_DIR/failure"; exit 1 ;;
  exit) echo "loss is not a number"; exit 7 ;;
  hang) sleep 1000 ;;
  killed) kill -9 $$ ;;
  until-mended) [ -e "$MENDED" ] || exit 1 ;;
  takes-input) rm -r "$INPUT" ;;
esac
echo trained > "$SM_MODEL_DIR/model.txt"
`

describe("a script", () => {
  test("that fails, hangs or is killed fails its own row only, with the reason; mended, retry brings the row to its end", async () => {
    project.write("train.sh", FAILING)
    const mended = join(project.folder, "mended")
    const rows = ["us-east-1,fine,", "us-east-1,reason,", "us-east-1,exit,", "eu-west-1,hang,1s", "eu-west-1,killed,"]
    project.write(
      "rows.csv",
      `region,hp.what,max_runtime,env.MENDED\n${rows.map((row) => `${row},\n`).join("")}eu-west-1,until-mended,,${mended}\n`,
    )
    const { run, rows: ended } = await submitted(project, "rows.csv", 3)
    expect(ended.map(({ status, reason }) => [status, reason])).toEqual([
      ["completed", null],
      ["failed", "the data has no labels"],
      ["failed", "exit code 7: loss is not a number"],
      ["stopped", "MaxRuntimeExceeded: it ran longer than max_runtime, 1 seconds"],
      ["failed", "exit code 137: OutOfMemory: Process killed by SIGKILL (signal 9)"],
      ["failed", "exit code 1"],
    ])
    project.write("mended", "")
    const retried = await project.regatta("retry", "@last", "--rows", "5", "-y")
    expect(retried.code, retried.stderr).toBe(0)
    const watched = await project.regatta("watch", "@last", "-o", "json")
    expect(watched.code, watched.stderr).toBe(3)
    const after = await statusOf(project, run.id)
    expect(after.counts).toMatchObject({ completed: 2, failed: 3, stopped: 1 })
    expect(after.rows[5]).toMatchObject({ status: "completed", attempt: 2 })
    expect(after.rows.slice(0, 5)).toEqual(ended.slice(0, 5))
  })

  test("run by hand that fails prints its log and its reason, and exits 3", async () => {
    project.write("train.sh", FAILING)
    project.write("rows.csv", "region,hp.what\nus-east-1,exit\n")
    const ended = await project.regatta("run-row", "rows.csv", "0")
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stdout).toContain("loss is not a number\n")
    expect(ended.stdout).toMatch(/row 0 failed in .*: exit code 7/)
    expect(ended.stderr).not.toMatch(/\n {4}at /)
  })

  test("whose input goes away after the plan fails its row, naming where it was looked for; put back, retry completes it", async () => {
    const input = join(project.folder, "data")
    project.write("train.sh", FAILING)
    project.write("data/part-0", "1")
    project.write(
      "rows.csv",
      `region,hp.what,env.INPUT,channel.train\nus-east-1,takes-input,${input},\nus-east-1,fine,,${input}\n`,
    )
    project.write("regatta.yaml", settings({ parallel: 1 }))
    const { rows } = await submitted(project, "rows.csv", 3)
    expect(rows.map(({ status }) => status)).toEqual(["completed", "failed"])
    expect(rows[1]?.reason).toContain(`channel.train: nothing is at file://${input} (looked in ${input})`)
    project.write("data/part-0", "1")
    const retried = await project.regatta("retry", "@last", "--failed", "-y", "--wait", "-o", "json")
    expect(retried.code, retried.stderr).toBe(0)
    expect((await statusOf(project)).counts).toMatchObject({ completed: 2 })
  })

  test("that floods its log with 100 MB trains on; begin and end are kept, and our processes stay small", async () => {
    project.write(
      "train.sh",
      `yes "step loss=0.5 of a line that says little" | head -n 2500000
echo "last loss=0.25"
echo trained > "$SM_MODEL_DIR/model.txt"
`,
    )
    project.write("rows.csv", "region,metric.loss\nus-east-1,loss=([0-9.]+)\n")
    const peak = watchMemory(project)
    const { rows } = await submitted(project, "rows.csv", 0)
    expect(rows[0]).toMatchObject({ status: "completed", metrics: { loss: 0.25 } })
    // A process that kept the log would hold 100 MB more than the 20 to 40 of any.
    expect(peak.end()).toBeLessThan(100)
    const logs = join(project.home, "jobs", rows[0]?.trainingJob ?? "", "logs")
    const size = readdirSync(logs).reduce((sum, name) => sum + statSync(join(logs, name)).size, 0)
    expect(size).toBeLessThan(20 * 1024 * 1024)
    const log = await project.regatta("logs", "@last", "0", "--tail", "1")
    expect(log.stdout).toBe("last loss=0.25\n")
  })

  test("that ignores SIGTERM is killed by stop after the grace period, with all it started", async () => {
    project.write(
      "train.sh",
      `trap '' TERM
(trap '' TERM; while :; do sleep 0.1; done) &
while :; do sleep 0.1; done
`,
    )
    project.write("rows.csv", "region,hp.lr\nus-east-1,1\nus-east-1,2\nus-east-1,3\n")
    const begun = await project.regatta("submit", "rows.csv", "-y")
    expect(begun.code, begun.stderr).toBe(0)
    await until("two rows train", async () => {
      const { rows } = await statusOf(project)
      return rows.filter(({ phase }) => phase === "training").length === 2 ? rows : null
    })
    const stopped = await project.regatta("stop", "@last", "-y")
    expect(stopped.code, stopped.stderr).toBe(0)
    expect(stopped.stdout).toMatch(/^stopped 3 rows of /)
    const { run, counts, rows } = await statusOf(project)
    expect([run.status, counts.stopped]).toEqual(["ended", 3])
    expect(rows.map(({ reason }) => reason)).toEqual([
      "stopped on request",
      "stopped on request",
      "the run was stopped before this row began",
    ])
    await until("no process is left", () => (members(project).length === 0 ? true : null))
    const again = await project.regatta("stop", "@last", "-y")
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("nothing to stop")])
  })
})

/** Watches all processes of Node that work on the project; `end` gives the most that one of them held, in MiB. */
function watchMemory(watched: Project): { end(): number } {
  let mostKib = 0
  const timer = setInterval(() => {
    for (const pid of members(watched)) mostKib = Math.max(mostKib, peakKib(pid))
  }, 50)
  return {
    end() {
      clearInterval(timer)
      expect(mostKib).toBeGreaterThan(0)
      return mostKib / 1024
    },
  }
}

/** Most memory of its own that a process of Node held so far; files that are mapped (Node's own 100 MB program) are not counted. */
function peakKib(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8")
    if (!/^Name:\s*(?:node|MainThread)$/m.test(status)) return 0
    return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0)
  } catch {
    return 0
  }
}
