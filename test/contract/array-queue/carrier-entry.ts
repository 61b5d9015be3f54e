// The carrier of a real array for tests: real processes, seats in files instead of a table.
import { carryArray } from "../../../src/adapters/array-queue/local/carry-array.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import { createShell, finish } from "../../../src/system.ts"
import { FileSeats } from "./file-seats.ts"

const shell = await createShell(import.meta.filename, () => "silent")

await finish(
  await carryArray(shell.argv[1] ?? "", {
    table: new FileSeats(shell.env["SEATS"] ?? ""),
    world: shell,
    timing: { ...LOCAL_TIMING, poll: 20, backOff: 10, maxBackOff: 50, lease: 300 },
    self: [shell.env["SELF"] ?? ""],
    process: shell.process,
    environment: shell.env,
    async *regions(_run, array) {
      for (let child = 0; child < array.size; child += 1) yield child % 2 === 0 ? "eu-west-1" : "us-east-1"
    },
    terminated: shell.terminated,
  }),
)
