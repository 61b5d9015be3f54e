import { loadSpace } from "../app/load-space.ts"
import { pinSchedule } from "../app/pin-schedule.ts"
import { planRun } from "../app/plan-run.ts"
import type { PlanRequest } from "../app/planned.ts"
import { refuseUnreachable } from "../app/submit-platform.ts"
import { planSubmission } from "../app/submit-run.ts"
import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import { folderOf, isInS3, resolvePath } from "../core/paths.ts"
import { nextFirings } from "../core/schedule/firings.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import type { FiringTime } from "../core/schedule/scheduled-values.ts"
import { NO_OVERRIDES } from "../core/sweep/read-space.ts"
import type { FileSystem } from "../ports/file-system.ts"
import { planningPorts } from "./account-access.ts"
import type { Call } from "./command.ts"
import { type FilledManifest, fillManifest, type WithManifest } from "./fill-manifest.ts"
import type { ManifestSource } from "./manifest-source.ts"
import { usdOption } from "./options.ts"
import { sayNotChecked, sayWarnings } from "./say-problems.ts"
import type { Session } from "./session.ts"
import { sayEndpointSteps } from "./step-ports.ts"

/**
 * The schedule as its firings need it. What cannot be submitted now is not scheduled; a sweep is drawn and a query run for that as
 * its next firing would. On aws what lies on this machine is copied to S3, and what a firing would plan from the copy must be what
 * was planned here. What lies in S3 is read when it fires, and not looked at. Errors as of `fillManifest` and `planSubmission`;
 * `usage` (a setting is missing), `unsupported` (something that the copy does not hold, a sweep that goes by results).
 */
export async function planScheduled(
  call: Call,
  session: Session,
  schedule: Schedule,
  source: ManifestSource,
  request: PlanRequest,
): Promise<Schedule> {
  const { config } = session
  refuseUnreachable(config)
  if (config.on === "aws" && schedule.config === null)
    throw new RegattaError("usage", "a schedule on aws needs a regatta.yaml, which its firings read")
  if (source.kind === "catalog" && config.on === "aws") refuseHiddenCatalog(config)
  if (isInS3(schedule.manifest)) {
    call.shell.err(`${schedule.manifest} is read at each firing; it was not looked at now\n`)
    return isInS3(schedule.config ?? "") ? schedule : pinConfig(call, session, schedule)
  }
  const besides = source.kind === "sweep" ? await namedBySpace(session, source.file) : []
  const filled = await fillManifest(call, session, source, nextFiring(call, schedule))
  try {
    const { sha256, code } = await planned(call, session, schedule, filled, request)
    if (config.on !== "aws" || call.options.flag("dry-run")) return schedule
    const ports = await pinPorts(call, session)
    const pinned = await pinSchedule(ports, config.home ?? "", schedule, code, besides)
    await refuseOtherCopy(call, pinned, filled, request, sha256)
    return pinned
  } finally {
    await filled.close()
  }
}

function nextFiring({ shell }: Call, { timeZone, ...schedule }: Schedule): FiringTime {
  const now = shell.clock.now()
  const [at = now] = nextFirings({ timeZone, ...schedule }, now, 1)
  return { at, timeZone }
}

/** Files that a search space names. Error `unsupported`: it chooses by results, which a run that is made at once cannot. */
async function namedBySpace({ files }: Pick<Session, "files">, file: string): Promise<readonly string[]> {
  const { space } = await loadSpace({ files }, file, NO_OVERRIDES)
  if (space.search !== null)
    throw new RegattaError("unsupported", `a schedule does not take ${space.method}, which chooses by results`, {
      hint: "choose grid, random, sobol or latin-hypercube as the method of its space",
      fields: { path: file },
    })
  return space.cross === null ? [] : [resolvePath(folderOf(file), space.cross)]
}

/** A firing knows the URL from the copy of regatta.yaml, or from its job definition; never from the schedule, which many may read. */
function refuseHiddenCatalog({ origins, batch }: Config): void {
  const { kind = "default" } = origins["catalog"] ?? {}
  if (kind !== "environment" || batch?.job_definition !== undefined) return
  throw new RegattaError("usage", "the jobs of a schedule do not know REGATTA_CATALOG of this machine", {
    hint: "set catalog in regatta.yaml, or name a job definition of your own that has REGATTA_CATALOG (batch.job_definition)",
  })
}

async function planned(
  call: Call,
  session: Session,
  schedule: Schedule,
  { files }: WithManifest,
  request: PlanRequest,
) {
  const { shell, options } = call
  const asked = { files, world: shell, ...(await planningPorts(call, session)) }
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
  return { sha256: plan.rowsSha256, code: await codeOf(call, session, files, request) }
}

/** The programs of its rows, each once. */
async function codeOf(
  call: Call,
  session: Session,
  files: FileSystem,
  request: PlanRequest,
): Promise<readonly CodeSource[]> {
  const found = new Map<string, CodeSource>()
  await planRun({ files, world: call.shell }, session.config, request, async (_, code) => {
    if (code !== null) found.set(JSON.stringify(code), code)
  })
  return [...found.values()]
}

/** Plans the copy as a firing will, which must not need this machine; of a sweep and a query, the same rows as seen from there. */
async function refuseOtherCopy(
  call: Call,
  pinned: Schedule,
  filled: FilledManifest,
  request: PlanRequest,
  sha256: string,
): Promise<void> {
  const session = await call.session({ manifest: pinned.manifest, config: pinned.config })
  const { files, manifest } = filled.moved(session.files, pinned.manifest)
  const named = pinned.source === "sweep" ? await namedBySpace(session, pinned.manifest) : []
  const database = pinned.source === "catalog" ? sqliteInS3(session.config) : null
  const preview = await session.ports().preview()
  let outside = named.find((path) => !isInS3(path)) ?? database
  const { plan } = await planRun(
    { files, world: call.shell, service: preview },
    session.config,
    { ...request, manifest },
    async (_, code) => {
      const paths = code === null ? [] : [code.entry, ...code.dependencies]
      outside ??= paths.find((path) => !isInS3(path)) ?? null
    },
  )
  if (outside !== null || plan?.rowsSha256 !== sha256)
    throw new RegattaError(
      "unsupported",
      `a firing could not submit this from another machine: ${outside ?? "its rows name files by absolute paths"}`,
      {
        hint: "name files by a path relative to the manifest or to regatta.yaml, or by an s3:// URI; a catalog by postgres://",
      },
    )
}

/** A database beside regatta.yaml, of which no copy is made. */
function sqliteInS3({ catalog = "" }: Config): string | null {
  return catalog.startsWith("sqlite:s3://") ? catalog : null
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
