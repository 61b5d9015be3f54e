import { pinSchedule } from "../app/pin-schedule.ts"
import { planRun } from "../app/plan-run.ts"
import type { PlanRequest } from "../app/planned.ts"
import { refuseUnreachable } from "../app/submit-platform.ts"
import { planSubmission } from "../app/submit-run.ts"
import { RegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import { isInS3 } from "../core/paths.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import { planningPorts } from "./account-access.ts"
import type { Call } from "./command.ts"
import { usdOption } from "./options.ts"
import { sayNotChecked, sayWarnings } from "./say-problems.ts"
import type { Session } from "./session.ts"
import { sayEndpointSteps } from "./step-ports.ts"

/**
 * The schedule as its firings need it. What cannot be submitted now is not scheduled; on aws a manifest of this machine is copied to
 * S3, and what a firing would plan from the copy must be what was planned here. A manifest in S3 is read when it fires, and not
 * looked at. Errors as of `planSubmission`; `usage` (a setting is missing), `unsupported` (code that the copy does not hold).
 */
export async function planScheduled(
  call: Call,
  session: Session,
  schedule: Schedule,
  request: PlanRequest,
): Promise<Schedule> {
  const { config } = session
  refuseUnreachable(config)
  if (config.on === "aws" && schedule.config === null)
    throw new RegattaError("usage", "a schedule on aws needs a regatta.yaml, which its firings read")
  if (isInS3(schedule.manifest)) {
    call.shell.err(`${schedule.manifest} is read at each firing; it was not looked at now\n`)
    return isInS3(schedule.config ?? "") ? schedule : pinConfig(call, session, schedule)
  }
  const { sha256, code } = await planned(call, session, schedule, request)
  if (config.on !== "aws" || call.options.flag("dry-run")) return schedule
  const pinned = await pinSchedule({ ...(await pinPorts(call, session)) }, config.home ?? "", schedule, code)
  await refuseOtherCopy(call, pinned, request, sha256)
  return pinned
}

async function planned(call: Call, session: Session, schedule: Schedule, request: PlanRequest) {
  const { shell, options } = call
  const asked = { files: session.files, world: shell, ...(await planningPorts(call, session)) }
  const { planned: found, plan } = await planSubmission(asked, session.config, {
    ...request,
    createdBy: schedule.createdBy,
    me: session.me,
    maxCostUsd: usdOption(options, "max-cost"),
    allowUnknownPrice: options.flag("allow-unknown-price"),
    saved: null,
  })
  sayWarnings(shell, found)
  sayEndpointSteps(shell, session.config)
  sayNotChecked(shell, plan)
  return { sha256: plan.rowsSha256, code: await codeOf(call, session, request) }
}

/** The programs of its rows, each once. */
async function codeOf(call: Call, session: Session, request: PlanRequest): Promise<readonly CodeSource[]> {
  const found = new Map<string, CodeSource>()
  await planRun({ files: session.files, world: call.shell }, session.config, request, async (_, code) => {
    if (code !== null) found.set(JSON.stringify(code), code)
  })
  return [...found.values()]
}

/** Plans the copy as a firing will, which must not need this machine. */
async function refuseOtherCopy(call: Call, pinned: Schedule, request: PlanRequest, sha256: string): Promise<void> {
  const session = await call.session({ manifest: pinned.manifest, config: pinned.config })
  const copy = { ...request, manifest: pinned.manifest }
  const preview = await session.ports().preview()
  let outside: string | null = null
  const { plan } = await planRun(
    { files: session.files, world: call.shell, service: preview },
    session.config,
    copy,
    async (_, code) => {
      const paths = code === null ? [] : [code.entry, ...code.dependencies]
      outside ??= paths.find((path) => !isInS3(path)) ?? null
    },
  )
  if (outside !== null || plan?.rowsSha256 !== sha256)
    throw new RegattaError(
      "unsupported",
      `a firing could not submit this from another machine: ${outside ?? "its rows name files by absolute paths"}`,
      { hint: "name code by a path relative to the manifest or to regatta.yaml, or by an s3:// URI" },
    )
}

async function pinConfig(call: Call, session: Session, schedule: Schedule): Promise<Schedule> {
  if (call.options.flag("dry-run") || schedule.config === null) return schedule
  const alone = { ...schedule, manifest: schedule.config }
  const { config } = await pinSchedule(await pinPorts(call, session), session.config.home ?? "", alone, [])
  return { ...schedule, config }
}

async function pinPorts(call: Call, session: Session) {
  return { files: session.files, objects: await session.ports().objects(), world: call.shell }
}
