import { createSingleRun } from "../../app/create-single-run.ts"
import { withPlaced } from "../../app/place-rows.ts"
import { previewNextAttempt, previewRow, type RowPreview } from "../../app/preview-row.ts"
import { requireRow } from "../../app/read-row.ts"
import { refuseUncopied } from "../../app/refuse-uncopied.ts"
import { RegattaError } from "../../core/errors.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { planningPorts } from "../account-access.ts"
import { carryInForeground, endsWithCaller, leaveToCarrier } from "../carry-in-foreground.ts"
import { chooseRun } from "../choose-run.ts"
import type { Call } from "../command.ts"
import { parseRowIndex, usdOption } from "../options.ts"
import { parseFormat } from "../output/print.ts"
import { planRequest } from "../plan-request.ts"
import { refuseRehearsed } from "../refuse-rehearsed.ts"
import { sayWarnings } from "../say-problems.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"

/** Runs one row here, in the foreground: of a manifest as a run of its own, or with --run of a run that exists. */
export async function runRow(call: Call): Promise<number> {
  const format = parseFormat(call.options.text("output"))
  const selector = call.options.text("run")
  return selector === null ? ofManifest(call, format) : ofRun(call, selector, format)
}

async function ofManifest(call: Call, format: ReturnType<typeof parseFormat>): Promise<number> {
  const { shell, options } = call
  const [manifest = null, index = null] = call.arguments
  if (manifest === null || index === null) {
    throw new RegattaError("usage", "name the manifest and the index of its row", {
      hint: call.command("run-row manifest.csv 3"),
    })
  }
  const row = parseRowIndex(index)
  const typed = { ...planRequest(call, manifest, row), row }
  const session = await call.session({ manifest: typed.manifest })
  const request = await withEarlierRuntime(call, session, typed)
  if (options.flag("dry-run")) {
    const ports = { files: session.files, world: shell, ...(await planningPorts(call, session)) }
    const placed = await withPlaced(ports, session.config, request)
    const { files, world } = ports
    const preview = await session.ports().preview()
    return show(call, await previewRow({ files, world }, preview, session.config, placed, shell.user))
  }
  const ports = await session.open()
  const { run } = await createSingleRun(
    { ...ports, ...(await planningPorts(call, session)) },
    session.config,
    {
      ...request,
      createdBy: ports.owner,
      me: session.me,
      maxCostUsd: usdOption(options, "max-cost"),
      allowUnknownPrice: options.flag("allow-unknown-price"),
      saved: null,
    },
    { onPlan: async (planned) => sayWarnings(shell, planned) },
    shell.terminated,
  )
  shell.err(`row ${row} as run ${run.run}; ${onInterrupt(run)}\n`)
  return carryInForeground(call, session, ports, run, row, format)
}

async function ofRun(call: Call, selector: string, format: ReturnType<typeof parseFormat>): Promise<number> {
  const { shell, options } = call
  const given = call.arguments.filter((argument) => argument !== null)
  const index = given.at(-1)
  if (index === undefined)
    throw new RegattaError("usage", "name the index of the row", { hint: call.command("run-row --run @last 3") })
  const row = parseRowIndex(index)
  const session = await call.session()
  const ports = await session.openExisting()
  const run: RunRecord = await chooseRun(call, session, ports, selector)
  requireRow(run, row)
  refuseRehearsed(run)
  if (options.flag("dry-run")) {
    const spec = await ports.specOf(run, row)
    return show(call, await previewNextAttempt(ports, await session.ports().preview(), run, spec))
  }
  await refuseUncopied(ports, run, await ports.specOf(run, row))
  const elsewhere = await leaveToCarrier(call, session, ports, run, row)
  if (elsewhere !== null) return elsewhere
  shell.err(`row ${row} of ${run.run}; ${onInterrupt(run)}\n`)
  return carryInForeground(call, session, ports, run, row, format)
}

function onInterrupt(run: RunRecord): string {
  return endsWithCaller(run) ? "Ctrl-C stops it" : "Ctrl-C leaves it running"
}

/** A request is a document: it reads the same in every format. */
function show(call: Call, preview: RowPreview): number {
  call.shell.out(`${JSON.stringify(preview, null, 2)}\n`)
  call.shell.err("dry run: nothing was started\n")
  return 0
}
