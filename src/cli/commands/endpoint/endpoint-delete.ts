import { deleteUnusedModels, endEndpoint, modelsMadeFor } from "../../../app/end-endpoint.ts"
import { recordOf } from "../../../app/endpoint-book.ts"
import { ownerOf } from "../../../app/find-endpoints.ts"
import type { EndpointState } from "../../../core/endpoint/endpoint-state.ts"
import { ERROR_CODES, RegattaError } from "../../../core/errors.ts"
import type { Call } from "../../command.ts"
import { type Deadline, startDeadline } from "../../deadline.ts"
import { exitCodeOfSignal, signalName } from "../../interrupt.ts"
import { chosenEndpoints, type OpenEndpoints, openEndpoints } from "../../open-endpoints.ts"
import { durationOption } from "../../options.ts"
import { formatDuration, formatUsd } from "../../output/format.ts"
import { parseFormat, print } from "../../output/print.ts"
import { withProgress } from "../../output/progress.ts"
import { confirm } from "../../prompt.ts"
import { type EndpointDocument, endpointDocument, endpointsView } from "../../views/endpoint-view.ts"

interface Deleted extends EndpointDocument {
  readonly isGone: boolean
  readonly deletedModels: readonly string[]
}

/** Deletes endpoints with their configurations, and looks until neither is there any more. */
export async function endpointDelete(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const timeout = durationOption(options, "timeout")
  const open = await openEndpoints(call)
  const chosen = await whichOnes(call, open)
  for (const state of chosen) await confirmOwner(call, open, state)
  const names = chosen.map(({ name, region }) => `${name} in ${region}`).join(", ")
  if (options.flag("dry-run") || chosen.length === 0) {
    const shown = chosen.map((state) => endpointDocument(state, null, shell.clock.now()))
    const text = `would delete ${names} and what configures it`
    const document = { version: 1, dryRun: true, endpoints: shown }
    print(shell, format, {
      ...endpointsView(shown, document, { above: [text], empty: "there is no endpoint to delete" }),
      tableRows: [],
    })
    return 0
  }
  await confirm(call, `Delete ${names}? Whoever asks it for predictions gets none any more.`)
  const deadline = startDeadline(shell, timeout)
  const done = await Promise.all(chosen.map((state) => deleteOne(call, open, state, deadline))).finally(() =>
    deadline.clear(),
  )
  const gone = done.filter(({ isGone }) => isGone)
  const document = { version: 1, dryRun: false, endpoints: done }
  print(shell, format, {
    ...endpointsView(done, document, { above: gone.map((each) => saidOf(each, open.isBilled)), empty: "" }),
    tableRows: [],
  })
  const left = done.filter(({ isGone }) => !isGone)
  if (left.length === 0) return 0
  for (const { name, region } of left)
    shell.err(
      `${name} in ${region} not seen gone yet${open.isBilled ? ", and billed until then" : ""}. Look again: ${call.command(`endpoint delete ${name}`)}\n`,
    )
  return deadline.isPassed() ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(shell))
}

/** Those that are named or, with --all, all of the caller's own. Errors: `usage`, `notFound`. */
async function whichOnes(call: Call, open: OpenEndpoints): Promise<readonly EndpointState[]> {
  const isAll = call.options.flag("all")
  if (isAll === call.rest.length > 0) throw new RegattaError("usage", "name endpoints, or all of your own with --all")
  if (!isAll) return chosenEndpoints(open, call.rest)
  const { found, silent } = await open.search()
  for (const { region, message } of silent) call.shell.err(`not seen in ${region}: ${message}\n`)
  return found.filter((state) => ownerOf(state) === open.owner)
}

/** As `stop` on another's run: where nobody can be asked, `--owner` must say the same name. Error `refused`. */
async function confirmOwner(call: Call, open: OpenEndpoints, state: EndpointState): Promise<void> {
  const owner = ownerOf(state)
  const named = call.options.text("owner")
  if (owner === open.owner || (named !== null && named === owner)) return
  const whose = owner === null ? `${state.name} has no tag that says whose it is` : `${state.name} belongs to ${owner}`
  const fields = { region: state.region }
  if (named !== null) throw new RegattaError("refused", `${whose}, not to ${named}`, { fields })
  if (!call.shell.isInteractive) {
    const hint = owner === null ? "delete it where it was made" : `add --owner ${owner} to confirm`
    throw new RegattaError("refused", `${whose}, not to you`, { hint, fields })
  }
  await confirm(call, `${whose}. Delete it?`)
}

async function deleteOne(
  { shell, options }: Call,
  open: OpenEndpoints,
  state: EndpointState,
  deadline: Deadline,
): Promise<Deleted> {
  const { region, name, variants } = state
  const usdPerHour = await open.priceOf(region, variants)
  const isGone = await withProgress(shell, `deleting ${name}`, (progress) =>
    endEndpoint(open, state, (step) => progress.say(STEPS[step]), deadline.signal),
  )
  const now = shell.clock.now()
  if (isGone) {
    const outcome = state.status === "failed" ? ("failed" as const) : ("deleted" as const)
    await open.note(recordOf(state, { outcome, reason: state.reason, endedAt: now, endedBy: open.owner, usdPerHour }))
  }
  const made = isGone && options.flag("models") ? modelsMadeFor(state) : []
  const deletedModels = await deleteUnusedModels(open, region, made, open.prefix)
  const document = endpointDocument(state, usdPerHour, now)
  return {
    ...document,
    status: isGone ? "deleted" : document.status,
    endedAt: isGone ? new Date(now).toISOString() : null,
    isGone,
    deletedModels,
  }
}

const STEPS = {
  deleting: "not gone yet",
  busy: "still being made, which cannot be broken off; waiting for it",
  silent: "no answer",
} as const

function saidOf({ name, region, ageSeconds, costUsd, deletedModels }: Deleted, isBilled: boolean): string {
  const age = ageSeconds === null ? "" : `, there for ${formatDuration(ageSeconds)}`
  const cost = !isBilled
    ? ""
    : costUsd === null
      ? ", at a price that is not known"
      : `, its machines at most ${formatUsd(costUsd)}`
  const models = deletedModels.length === 0 ? "" : `; with it ${deletedModels.join(", ")}`
  return `deleted ${name} in ${region}${age}${cost}${models}`
}
