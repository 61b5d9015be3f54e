import { checkAws } from "../../app/doctor-aws.ts"
import type { Check } from "../../app/doctor-check.ts"
import { checkLocal } from "../../app/doctor-local.ts"
import { checkManifest } from "../../app/doctor-manifest.ts"
import { findOrphans } from "../../app/find-orphans.ts"
import { ERROR_CODES, RegattaError } from "../../core/errors.ts"
import { planningPorts } from "../account-access.ts"
import type { Call } from "../command.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { planRequest } from "../plan-request.ts"
import type { Session } from "../session.ts"
import { doctorView, orphansView } from "../views/doctor-view.ts"

/** Looks whether everything that runs need is there, and says how to mend what is not; changes nothing. */
export async function doctor(call: Call): Promise<number> {
  const format = parseFormat(call.options.text("output"))
  const manifest = call.arguments[0] ?? null
  const request = manifest === null ? null : planRequest(call, manifest, null)
  const session = await call.session(request === null ? {} : { manifest: request.manifest })
  if (call.options.flag("orphans")) return orphans(call, session, format)
  const checks = await withProgress(call.shell, "looking", async () => {
    const planning = { files: session.files, world: call.shell, ...(await planningPorts(call, session)) }
    const found = request === null ? null : await checkManifest(planning, session.config, request)
    return [...(await platformChecks(session, found?.regions ?? [])), ...(found?.checks ?? [])]
  })
  print(call.shell, format, doctorView(session.config.on, checks))
  return exitCode(checks)
}

async function platformChecks(session: Session, regions: readonly string[]): Promise<readonly Check[]> {
  const { config, files } = session
  const ports = session.ports()
  const existingTable = () => session.existingTable()
  if (ports.account !== undefined) {
    return checkAws({ account: ports.account, existingTable, objects: ports.objects }, config, regions)
  }
  if (ports.machine !== undefined) return checkLocal({ files, machine: await ports.machine(), existingTable }, config)
  throw new RegattaError("unsupported", `the platform "${config.on}" has nothing that can be looked at yet`)
}

/** The gravest first: what is denied, then what is wrong, then what could not be looked at. */
function exitCode(checks: readonly Check[]): number {
  const codes = checks.flatMap(({ code }) => (code === null ? [] : [code]))
  if (codes.includes("denied")) return ERROR_CODES.denied.command
  const [first] = codes
  if (first !== undefined) return ERROR_CODES[first].command
  return checks.some(({ state }) => state === "notChecked") ? ERROR_CODES.partial.command : 0
}

async function orphans(call: Call, session: Session, format: ReturnType<typeof parseFormat>): Promise<number> {
  const { config } = session
  const ports = await session.openExisting()
  const found = await withProgress(call.shell, "looking for training jobs", (progress) =>
    findOrphans(ports, config.prefix, Object.keys(config.regions), (region) => progress.say(region)),
  )
  print(call.shell, format, orphansView(found))
  return found.orphans.length === 0 ? 0 : ERROR_CODES.partial.command
}
