// Makes the copies of a file (JSON: settings of the platform, request) against the endpoint of its environment, in a process that a test may kill at any moment.
import { readFileSync } from "node:fs"
import { type CopyRequest, makeCopies } from "../../../src/app/make-copies.ts"
import { compose } from "../../../src/compose/compose.ts"
import type { Composed } from "../../../src/ports/ports.ts"
import { aShell } from "../../fake-shell.ts"

const { config, request } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as {
  readonly config: Composed
  readonly request: CopyRequest
}
const shell = aShell({ env: process.env, clock: { now: () => Date.now(), sleep: async () => {} } })
const opened = compose(config, shell)
const ports = { objects: await opened.objects(), table: await opened.table(), world: shell }
const records = await makeCopies(ports, request, {}, shell.terminated)
await opened.close()
process.stdout.write(`${JSON.stringify(records)}\n`)
