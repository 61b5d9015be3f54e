import { expect, test } from "vitest"
import { type FailureSources, verdictOf } from "../../../../../src/adapters/training-service/local-process/job-end.ts"
import type { HostExit } from "../../../../../src/adapters/training-service/local-process/run/train.ts"

const sources: FailureSources = { folder: () => "/nowhere", lastLines: (host) => [`last of ${host}`] }
const exit = (difference: Partial<HostExit>): HostExit => ({
  host: "algo-1",
  code: 0,
  signal: null,
  error: null,
  ...difference,
})

test.each([
  [{ code: 3 }, "algorithm", "exit code 3: last of algo-1"],
  [{ code: 137 }, "algorithm", "exit code 137: OutOfMemory: Process killed by SIGKILL (signal 9): last of algo-1"],
  [
    { code: null, signal: "SIGKILL" as const },
    "algorithm",
    "exit code 137: OutOfMemory: Process killed by SIGKILL (signal 9): last of algo-1",
  ],
  [{ code: 139 }, "algorithm", "exit code 139: segmentation fault (signal 11): last of algo-1"],
  [{ code: null, signal: "SIGTERM" as const }, "algorithm", "ended by SIGTERM: last of algo-1"],
  [{ code: null, error: "spawn python3 ENOENT" }, "client", "algo-1 could not start: spawn python3 ENOENT"],
])("a host that ended with %j is a failure of the %s: %j", (difference, cause, reason) => {
  const end = verdictOf({ by: "failure", exits: [exit(difference)] }, 60, sources)
  expect(end).toEqual({ status: "failed", cause, reason })
})

test("of several hosts the first that failed is the reason, not those that were ended for it", () => {
  const exits = [exit({ host: "algo-2" }), exit({ host: "algo-3", code: 4 }), exit({ code: null, signal: "SIGTERM" })]
  expect(verdictOf({ by: "failure", exits }, 60, sources).reason).toBe("algo-3: exit code 4: last of algo-3")
})

test.each([
  [["a", "b", "c", "d", "e", "f"], "b\nc\nd\ne\nf"],
  [
    ["Traceback (most recent call last):", '  File "train.py", line 1', "ValueError: no such column: price"],
    "ValueError: no such column: price",
  ],
  [["pkg.errors.BadDataError: shard 3", "cleaning up"], "pkg.errors.BadDataError: shard 3"],
  [["file:///opt/ml/code/train.mjs:3", "Error: no rows", "    at file:///x:1:1", "Node.js v24.21.0"], "Error: no rows"],
  [["[1,0]<stderr>:KeyError: 'a'", "mpirun detected that one or more processes exited"], "[1,0]<stderr>:KeyError: 'a'"],
  [["Error rate is 0.5", "bye"], "Error rate is 0.5\nbye"],
])("of the last lines %j the reason keeps %j", (lines, kept) => {
  const told = verdictOf({ by: "failure", exits: [exit({ code: 1 })] }, 60, { ...sources, lastLines: () => lines })
  expect(told.reason).toBe(`exit code 1${kept.includes("\n") ? "\n" : ": "}${kept}`)
})
