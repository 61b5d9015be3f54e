import { withPlaced } from "../../app/place-rows.ts"
import type { Planned } from "../../app/planned.ts"
import { readStatus } from "../../app/read-status.ts"
import { planSubmission, type SubmitRequest, submitRun } from "../../app/submit-run.ts"
import { RegattaError } from "../../core/errors.ts"
import type { Plan } from "../../core/run/plan.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { runSize } from "../../core/run/run.ts"
import type { FileSystem } from "../../ports/file-system.ts"
import { planningPorts } from "../account-access.ts"
import type { Call } from "../command.ts"
import { fillManifest } from "../fill-manifest.ts"
import { firingOption, withScheduleName } from "../firing-option.ts"
import { exitCodeOfSignal, interrupted } from "../interrupt.ts"
import { manifestOf, manifestSource, withName } from "../manifest-source.ts"
import { durationOption, usdOption } from "../options.ts"
import { formatCount } from "../output/format.ts"
import { type Format, parseFormat, print } from "../output/print.ts"
import { startProgress } from "../output/progress.ts"
import { planRequest } from "../plan-request.ts"
import { confirm } from "../prompt.ts"
import { type Resumed, resume } from "../resume-submission.ts"
import { requestOf, savedPlanOf } from "../saved-plan-argument.ts"
import { sayFailures } from "../say-failures.ts"
import { sayNotChecked, sayWarnings } from "../say-problems.ts"
import { followedFirst, seeFollowed } from "../see-followed.ts"
import type { Session } from "../session.ts"
import { refuseSteps, sayEndpointSteps } from "../step-ports.ts"
import { type Made, ownerOfFiring, showSkipped, submitFiring } from "../submit-firing.ts"
import { copyingText } from "../views/placement-lines.ts"
import { planSummary, planView } from "../views/plan-view.ts"
import { statusView } from "../views/status-view.ts"
import { comeBack, lookBack, waitForRun } from "../wait-for-run.ts"
import { createWatchScreen, stderrOf } from "../watch-screen.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"

/** Plans, asks, creates the run and hands its arrays to the queue; with --resume goes on where a submitter was cut short. */
export async function submit(call: Call): Promise<number> {
  const { options } = call
  const format = parseFormat(options.text("output"))
  durationOption(options, "timeout")
  if (options.isGiven("timeout") && !options.flag("wait")) {
    throw new RegattaError("usage", "--timeout bounds the waiting: it goes with --wait")
  }
  if (options.isGiven("resume")) {
    const resumed = await resume(call)
    if (resumed === null) return 0
    const { session, ports, run } = resumed
    if (resumed.left > 0) return finishSubmission(call, format, session, { ports, run, followed: resumed.followed })
    const nothing = await nothingLeft(resumed)
    // A follower that died since is started again.
    const followed = nothing.hasEnded ? null : await seeFollowed(call, ports, run)
    return finishSubmission(call, format, session, { ports, run, followed }, nothing)
  }
  return submitNew(call, format)
}

async function submitNew(call: Call, format: Format): Promise<number> {
  const { shell, options } = call
  const typed = call.arguments[0] ?? null
  const source = manifestSource(call, typed)
  if (source === null)
    throw new RegattaError("usage", "name a manifest, or a plan that `plan --save` wrote", {
      hint: "--sweep and --catalog submit the rows of a search space and of a query",
    })
  const saved = typed === null ? null : await savedPlanOf(call, typed)
  const planned = saved?.request ?? planRequest(call, manifestOf(source), null)
  const session = await call.session(saved === null ? { manifest: source.file } : saved.request)
  refuseSteps(session)
  sayEndpointSteps(shell, session.config)
  const firing = firingOption(call, session.config.prefix)
  const named = withName(withScheduleName(requestOf(planned, saved), firing), source)
  const request: SubmitRequest = {
    ...(await withEarlierRuntime(call, session, named)),
    createdBy: shell.user,
    me: session.me,
    maxCostUsd: usdOption(options, "max-cost"),
    allowUnknownPrice: options.flag("allow-unknown-price"),
    saved,
    ...(firing === null ? {} : { firing: firing.firing }),
  }
  const filled = async <T>(work: (files: FileSystem) => Promise<T>): Promise<T> => {
    const { files, close } = await fillManifest(call, session, source, firing?.time ?? null)
    return work(files).finally(close)
  }
  if (options.flag("dry-run")) return filled((files) => showPlan(call, format, session, files, request))
  // Only whoever has the turn draws a sweep and asks a catalog.
  const create = () => filled((files) => createAndHandOver(call, session, files, request))
  if (firing === null) {
    const made = await create()
    return typeof made === "number" ? made : finishSubmission(call, format, session, made)
  }
  const fired = await submitFiring(call, session, firing, create)
  if (fired.kind === "left") return fired.code
  if (fired.kind === "skipped") return showSkipped(call, format, firing, fired.because)
  const nothing = fired.isFound ? { hasEnded: false, said: "the run of this firing was there already" } : null
  return finishSubmission(call, format, session, fired.made, nothing)
}

/** The run; an exit code when the caller left before there was one. `files`: the manifest among them. */
export async function createAndHandOver(
  call: Call,
  session: Session,
  files: FileSystem,
  request: SubmitRequest,
): Promise<Made | number> {
  const { shell } = call
  const ports = await session.open()
  let progress = startProgress(shell, "checking rows")
  const created: RunRecord[] = []
  const { beforeArrays, said } = followedFirst(call, ports)
  const asking = await planningPorts(
    call,
    session,
    (answered, asked) => progress.say(`${answered} of ${formatCount(asked, "question")} to AWS answered`),
    (objects) => progress.say(`${formatCount(objects, "object")} of data listed`),
  )
  // A firing is a program of its own: what it would copy, nobody has looked at.
  const { placing: _chosen, ...unplaced } = asking
  const submission = submitRun(
    { ...ports, ...(request.firing === undefined ? asking : unplaced), files },
    session.config,
    { ...request, createdBy: request.firing === undefined ? ports.owner : ownerOfFiring(shell, ports) },
    {
      async onPlan(planned, plan) {
        progress.end()
        await ask(call, planned, plan)
        progress = startProgress(shell, "submitting")
      },
      onPinned: (rows) => progress.say(`${formatCount(rows, "row")} stored`),
      onCreated: (run) => void created.push(run),
      beforeArrays,
      // Whoever is cut short here wants to know with what to go on.
      onCopying: (copied) => progress.say([...created.map(({ run }) => run), copyingText(copied)].join(", ")),
      onSubmitted: (run) => {
        const done = run.arrays.filter(({ id }) => id !== null).length
        progress.say(`${done} of ${formatCount(run.arrays.length, "array job")}`)
      },
    },
    shell.terminated,
  ).finally(() => progress.end())
  const left = interrupted(shell).then((signal) => (created.length === 0 ? signal : null))
  const first = await Promise.race([submission, left])
  if (typeof first === "string") {
    shell.err("interrupted; nothing was submitted\n")
    return exitCodeOfSignal(first)
  }
  // The run exists: what is under way ends by itself, and says how to go on.
  const { run } = await submission
  return { ports, run, followed: said() }
}

export async function ask(call: Call, planned: Planned, plan: Plan, question?: string): Promise<void> {
  sayWarnings(call.shell, planned)
  sayNotChecked(call.shell, plan)
  await confirm(call, question ?? `Submit ${planSummary(plan)}?`)
}

export async function showPlan(
  call: Call,
  format: Format,
  session: Session,
  files: FileSystem,
  request: SubmitRequest,
): Promise<number> {
  const ports = { files, world: call.shell, ...(await planningPorts(call, session)) }
  const { planned, plan } = await planSubmission(
    ports,
    session.config,
    await withPlaced(ports, session.config, request),
  )
  return showDryRun(call, format, planned, plan)
}

export function showDryRun(call: Call, format: Format, planned: Planned, plan: Plan): number {
  sayWarnings(call.shell, planned)
  print(call.shell, format, planView(plan))
  call.shell.err("dry run: nothing was submitted\n")
  return 0
}

interface NothingLeft {
  readonly hasEnded: boolean
  readonly said: string
}

/** What a resumption found that had no array job to submit. */
async function nothingLeft({ session, ports, run }: Resumed): Promise<NothingLeft> {
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, new AbortController().signal)
  return document.run.status === "ended"
    ? { hasEnded: true, said: "the run has ended: there is nothing to go on with" }
    : { hasEnded: false, said: "nothing was left to submit; array jobs whose process died were started again" }
}

/** @param nothing told in place of the rows that were submitted, when none was. */
export async function finishSubmission(
  call: Call,
  format: Format,
  session: Session,
  { ports, run, followed }: Made,
  nothing: NothingLeft | null = null,
  isWaiting = call.options.flag("wait"),
): Promise<number> {
  const { shell, options } = call
  if (followed !== null) shell.err(followed)
  const said = nothing?.said ?? `${formatCount(runSize(run), "row")} submitted`
  if (isWaiting) {
    shell.err(`${run.run}: ${said}; Ctrl-C leaves it running\n`)
    const screen = createWatchScreen(shell, stderrOf(shell))
    const waited = await waitForRun(call, session, ports, run, screen, durationOption(options, "timeout"))
    // Somebody who leaves was told how to come back; a program wants its document in any case.
    if (format === "name") {
      shell.out(`${run.run}\n`)
    } else if (waited.document !== null && (waited.hasEnded || format !== "table")) {
      print(shell, format, statusView(shell, waited.document, shell.clock.now()))
      if (format === "table") sayFailures(call, waited.document)
    }
    return waited.code
  }
  if (format === "table" || format === "name") shell.out(`${run.run}\n`)
  else {
    const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
    print(shell, format, statusView(shell, document, shell.clock.now()))
  }
  shell.err(`${said}\n${nothing?.hasEnded === true ? lookBack(call, run) : comeBack(call, run)}`)
  return 0
}
