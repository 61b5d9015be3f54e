import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { HostLog } from "../../../../../src/adapters/training-service/local-process/run/host-log.ts"
import { MetricScan } from "../../../../../src/adapters/training-service/local-process/run/metric-scan.ts"

let folder: string
let now = 0
let scan: MetricScan
let newMetrics = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-host-log-"))
  now = 0
  newMetrics = 0
  scan = new MetricScan({ loss: "loss=(\\S+)" })
})
afterEach(() => rmSync(folder, { recursive: true }))

function aLog(sizes: { readonly headBytes?: number; readonly tailBytes?: number } = {}): HostLog {
  const onMetric = () => {
    newMetrics += 1
  }
  return new HostLog({
    file: join(folder, "log"),
    times: join(folder, "times"),
    scan,
    now: () => now,
    onMetric,
    ...sizes,
  })
}

const text = () => readFileSync(join(folder, "log"), "utf8")

test("lines of two streams are never mixed within a line", () => {
  const log = aLog()
  const [out, err] = [log.stream(), log.stream()]
  out.write(Buffer.from("one, "))
  err.write(Buffer.from("error\n"))
  out.write(Buffer.from("whole\nhalf"))
  out.end()
  err.end()
  log.close()
  expect(text()).toBe("error\none, whole\nhalf\n")
})

test("a letter cut in two by a chunk is whole in the log and for a metric", () => {
  const log = aLog()
  const out = log.stream()
  const bytes = Buffer.from("é loss=1\n")
  out.write(bytes.subarray(0, 1))
  out.write(bytes.subarray(1))
  log.close()
  expect([text(), scan.values()]).toEqual(["é loss=1\n", { loss: 1 }])
})

test("metrics are found wherever chunks are cut", () => {
  const log = aLog()
  const out = log.stream()
  for (const letter of "loss=0.5\nloss=0.25") out.write(Buffer.from(letter))
  expect(scan.values()).toEqual({ loss: 0.5 })
  out.end()
  expect([scan.values(), newMetrics]).toEqual([{ loss: 0.25 }, 2])
})

test("a line without an end is passed on in pieces and takes no more memory", () => {
  const log = aLog()
  const out = log.stream()
  for (let index = 0; index < 10; index += 1) out.write(Buffer.alloc(50_000, "x"))
  expect(text().length).toBeGreaterThan(300_000)
  log.close()
})

test("a log that is too long keeps its beginning and its end and says what is left out", () => {
  const log = aLog({ headBytes: 100, tailBytes: 40 })
  const out = log.stream()
  for (let index = 0; index < 100; index += 1) out.write(Buffer.from(`line ${String(index).padStart(3, "0")}\n`))
  out.end()
  log.close()
  const lines = text().trimEnd().split("\n")
  expect(lines.slice(0, 2)).toEqual(["line 000", "line 001"])
  expect(lines.slice(-3)).toEqual(["line 097", "line 098", "line 099"])
  const kept = lines.filter((line) => line.startsWith("line "))
  expect(lines).toContain(`regatta: ${(100 - kept.length) * "line 000\n".length} bytes are left out here`)
})

test("what a too long log loses still counts for metrics", () => {
  const log = aLog({ headBytes: 10, tailBytes: 10 })
  const out = log.stream()
  out.write(Buffer.from(`${"x\n".repeat(50)}loss=7\n${"x\n".repeat(50)}`))
  log.close()
  expect(scan.values()).toEqual({ loss: 7 })
})

test("the last lines are the trainer's, not ours", () => {
  const log = aLog()
  const out = log.stream()
  out.write(Buffer.from("a\nb\n\nc\n"))
  log.say("something")
  expect(log.lastLines(2)).toEqual(["b", "c"])
  expect(log.lastLines(5)).toEqual(["a", "b", "c"])
  log.close()
})

test("times are kept of offsets, at most twenty a second", () => {
  const log = aLog()
  const out = log.stream()
  for (now = 1_000; now <= 1_100; now += 10) out.write(Buffer.from("line\n"))
  log.close()
  expect(readFileSync(join(folder, "times"), "utf8")).toBe("0 1000\n25 1050\n50 1100\n")
})

test.each([
  ["loss=nan", {}],
  ["loss=", {}],
  ["loss=1e-3,", {}],
  ["loss=-1.5e-3", { loss: -0.0015 }],
  ["no metric", {}],
])("of %j the metrics are %j", (line, values) => {
  scan.scan(line)
  expect(scan.values()).toEqual(values)
})

test("a metric far into a very long line is not looked for", () => {
  scan.scan(`${"x".repeat(10_000)}loss=1`)
  expect(scan.values()).toEqual({})
})

test("an expression that backtracks without end is given up, and says so; the others read on", () => {
  scan = new MetricScan({ endless: "(a+)+$", loss: "loss=(\\S+)" }, 50)
  const log = aLog()
  log.stream().write(Buffer.from(`loss=1\n${"a".repeat(60)}!\nloss=2\n`))
  log.close()
  expect([scan.values(), newMetrics]).toEqual([{ loss: 2 }, 1])
  expect(text()).toContain("regatta: metric.endless is read no further: its expression took too long on one line\n")
})
