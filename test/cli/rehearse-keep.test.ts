import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { runCli } from "../../src/cli/cli.ts"
import { compose } from "../../src/compose/compose.ts"
import type { Clock } from "../../src/ports/world.ts"
import { aShell } from "../fake-shell.ts"

const YAML = `on: local
home: us-east-1
account: "123456789012"
prices: {us-east-1: {ml.p3.16xlarge: 28}, eu-west-1: {ml.p3.16xlarge: 30}}
defaults:
  role: arn:aws:iam::123456789012:role/Train
  image: "{account}.dkr.ecr.{region}.amazonaws.com/t:1"
  instance_type: ml.p3.16xlarge
  expected_runtime: 1h
`
const MANIFEST = `region,s3_location
us-east-1,s3://d-us-east-1/x/
eu-west-1,s3://d-eu-west-1/x/
us-east-1,s3://d-us-east-1/y/
`

/** Nobody but a display of progress waits in these commands. */
const STANDING: Clock = {
  now: () => Date.UTC(2026, 10, 20, 14),
  sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
}

describe("rehearse --keep", () => {
  let folder: string
  let id = ""
  let kept: Awaited<ReturnType<typeof call>>

  async function call(line: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const shell = aShell({ argv: line.split(" "), cwd: folder, clock: STANDING })
    const code = await runCli(shell, compose)
    return { code, ...shell.written }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "regatta-keep-"))
    writeFileSync(join(folder, "regatta.yaml"), YAML)
    writeFileSync(join(folder, "m.csv"), MANIFEST)
    kept = await call("rehearse m.csv --seeds 1 --keep -o json")
    id = /kept as (\S+),/.exec(kept.err)?.[1] ?? ""
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  test("says under which id, and prints the same rehearsal as without", async () => {
    expect(kept).toMatchObject({ code: 0, err: expect.stringContaining(`regatta status ${id}`) })
    const without = await call("rehearse m.csv --seeds 1 -o json")
    expect(without.out).toBe(kept.out)
  })

  test("list and status show it as simulated, with every row's end, region and training job", async () => {
    const { runs } = JSON.parse((await call("list -o json")).out)
    expect(runs).toMatchObject([{ id, on: "simulated", status: "ended", size: 3, counts: { completed: 3 } }])
    const { run, rows } = JSON.parse((await call(`status ${id} -o json`)).out)
    expect(run).toMatchObject({ id, on: "simulated", status: "ended" })
    expect(rows).toMatchObject([
      { index: 0, region: "us-east-1", status: "completed", trainingJob: `${id}-r0-a1`, artifact: null },
      { index: 1, region: "eu-west-1", status: "completed", trainingJob: `${id}-r1-a1` },
      { index: 2, region: "us-east-1", status: "completed", trainingJob: `${id}-r2-a1` },
    ])
  })

  test("watch ends at once; cost and results count it", async () => {
    expect((await call(`watch ${id}`)).code).toBe(0)
    const cost = JSON.parse((await call(`cost ${id} -o json`)).out)
    const { costUsd } = JSON.parse(kept.out)
    expect(cost.total.costUsd).toBeCloseTo(costUsd.p50, 4)
    expect((await call(`results ${id} -o json`)).code).toBe(0)
  })

  test.each(["stop", "retry", "limit", "follow", "logs", "download", "submit --resume", "run-row --run"])(
    "%s is refused by its name",
    async (command) => {
      const rest = command === "limit" ? "us-east-1 ml.p3.16xlarge=1" : /logs|download|run-row/.test(command) ? "0" : ""
      const { code, err } = await call(`${command} ${id} ${rest}`.trim())
      expect({ code, err }).toEqual({ code: 7, err: expect.stringContaining(`${id} is a kept rehearsal`) })
    },
  )

  test("--on simulated beside rehearse is refused, with what to type", async () => {
    const { err, code } = await call("submit m.csv --on simulated -y")
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("regatta rehearse MANIFEST") })
  })
})
