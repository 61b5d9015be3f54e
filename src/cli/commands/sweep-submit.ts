import { withText } from "../../app/array-file-view.ts"
import { csvText } from "../../app/csv-text.ts"
import { loadSpace } from "../../app/load-space.ts"
import { makeSweep } from "../../app/make-sweep.ts"
import { runName } from "../../app/plan-run.ts"
import { planSearch, type SearchRequest, startSearch } from "../../app/start-search.ts"
import type { Plan } from "../../core/run/plan.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { expectedRows } from "../../core/run/search-round.ts"
import { SEARCH_RULES } from "../../core/run/search-rules.ts"
import type { Search } from "../../core/search/search.ts"
import type { SpaceOverrides } from "../../core/sweep/read-space.ts"
import { planningPorts } from "../account-access.ts"
import type { Call } from "../command.ts"
import { driveAndWait } from "../drive-and-wait.ts"
import { exitCodeOfSignal, interrupted } from "../interrupt.ts"
import { manifestOf } from "../manifest-source.ts"
import { durationOption, usdOption } from "../options.ts"
import { formatCount, formatUsd } from "../output/format.ts"
import { type Format, parseFormat } from "../output/print.ts"
import { startProgress } from "../output/progress.ts"
import type { Session } from "../session.ts"
import { refuseSteps, sayEndpointSteps } from "../step-ports.ts"
import { sweepPorts } from "../sweep-ports.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"
import { ask, createAndHandOver, finishSubmission, showDryRun, showPlan } from "./submit.ts"

/**
 * Makes a run of a search space and stays until its end: one that grows where points are chosen by results, else one of all
 * points, as `submit --wait` would.
 */
export async function sweepSubmit(call: Call, space: string, overrides: SpaceOverrides): Promise<number> {
  const { options } = call
  const format = parseFormat(options.text("output"))
  durationOption(options, "timeout")
  const session = await call.session({ manifest: space })
  refuseSteps(session)
  sayEndpointSteps(call.shell, session.config)
  const loaded = await loadSpace(session, space, overrides)
  const { search } = loaded.space
  if (search === null) return submitDrawn(call, session, space, overrides)
  const of = { ...baseRequest(call, session, space), space: loaded.space, text: loaded.text }
  if (options.flag("dry-run")) return showFirstRows(call, format, session, of)
  const run = await create(call, session, of, search)
  return typeof run === "number" ? run : driveAndWait(call, session, await session.open(), run, format)
}

/** All points at once: the rows are those of the manifest that `sweep` would write. */
async function submitDrawn(call: Call, session: Session, space: string, overrides: SpaceOverrides): Promise<number> {
  const made = await makeSweep(sweepPorts(call, session), session.config, space, overrides)
  for (const note of made.notes) call.shell.err(`${note}\n`)
  const manifest = manifestOf({ kind: "sweep", file: space })
  const text = csvText([made.columns, ...made.rows])
  const request = { ...baseRequest(call, session, manifest), columns: null, row: null, saved: null }
  const name = request.name ?? runName(space)
  const known = await withEarlierRuntime(call, session, { ...request, name })
  const files = withText(session.files, manifest, text)
  if (call.options.flag("dry-run"))
    return showPlan(call, parseFormat(call.options.text("output")), session, files, known)
  const submitted = await createAndHandOver(call, session, files, known)
  if (typeof submitted === "number") return submitted
  return finishSubmission(call, parseFormat(call.options.text("output")), session, submitted, null, true)
}

function baseRequest({ shell, options }: Call, session: Session, manifest: string) {
  return {
    manifest,
    allowPlainEnv: options.texts("allow-plain-env"),
    name: options.text("name"),
    createdBy: shell.user,
    me: session.me,
    maxCostUsd: usdOption(options, "max-cost"),
    allowUnknownPrice: options.flag("allow-unknown-price"),
  }
}

async function showFirstRows(
  call: Call,
  format: Format,
  session: Session,
  request: Omit<SearchRequest, "earlierRuntimeSeconds">,
): Promise<number> {
  const ports = { files: session.files, world: call.shell, ...(await planningPorts(call, session)) }
  const { search, planned, plan } = await planSearch(ports, session.config, request, SEARCH_RULES)
  call.shell.err(`${searchText(search)}${costText(search, plan)}; its first rows:\n`)
  return showDryRun(call, format, planned, plan)
}

/** `search accuracy by asha over 81 trials, 16 rows at once`. */
function searchText({ metric, method, trials, parallel }: Search): string {
  return `search ${metric} by ${method} over ${formatCount(trials, "trial")}, ${formatCount(parallel, "row")} at once`
}

/** What all rows cost if they are as the first ones, so that a person agrees to the whole and not to its beginning. */
function costText(search: Search, { cost, size }: Plan): string {
  if (cost === null) return ", at an unknown price"
  const usd = (cost.highUsd / size) * expectedRows(search)
  return `, up to about ${formatUsd(usd)} in all (estimate)`
}

/** The run; an exit code when the caller left before there was one. */
async function create(
  call: Call,
  session: Session,
  request: Omit<SearchRequest, "earlierRuntimeSeconds">,
  search: Search,
): Promise<RunRecord | number> {
  const { shell } = call
  const ports = await session.open()
  let progress = startProgress(shell, "checking the first rows")
  const created: RunRecord[] = []
  const asking = await planningPorts(call, session)
  const making = startSearch(
    { ...ports, ...asking },
    session.config,
    { ...request, createdBy: ports.owner },
    SEARCH_RULES,
    {
      async onPlan(planned, plan) {
        progress.end()
        const what = `${searchText(search)}${costText(search, plan)}`
        const question = `${what[0]?.toUpperCase()}${what.slice(1)}; the first ${formatCount(plan.size, "row")} now?`
        await ask(call, planned, plan, question)
        progress = startProgress(shell, "making the run")
      },
      onCreated: (run) => void created.push(run),
    },
    shell.terminated,
  ).finally(() => progress.end())
  const left = interrupted(shell).then((signal) => (created.length === 0 ? signal : null))
  const first = await Promise.race([making, left])
  if (typeof first !== "string") return making
  making.catch(() => {})
  shell.err("interrupted; nothing was submitted\n")
  return exitCodeOfSignal(first)
}
