import { recordOf } from "../../../app/endpoint-book.ts"
import { ownerOf } from "../../../app/find-endpoints.ts"
import { type Served, serveModels } from "../../../app/serve-models.ts"
import { type EndpointPlan, type EndpointSettings, planEndpoint } from "../../../core/endpoint/endpoint-plan.ts"
import type { EndpointState } from "../../../core/endpoint/endpoint-state.ts"
import { ERROR_CODES, isRegattaError, RegattaError } from "../../../core/errors.ts"
import type { ModelPlan } from "../../../core/job/model-plan.ts"
import type { Call, Options } from "../../command.ts"
import { type Deadline, startDeadline } from "../../deadline.ts"
import { exitCodeOfSignal, signalName } from "../../interrupt.ts"
import { type OpenEndpoints, openEndpoints } from "../../open-endpoints.ts"
import { countOption, durationOption } from "../../options.ts"
import { formatUsd } from "../../output/format.ts"
import { type Format, parseFormat, print } from "../../output/print.ts"
import { type Progress, withProgress } from "../../output/progress.ts"
import { confirm } from "../../prompt.ts"
import { servedModels } from "../../served-models.ts"
import { endpointDocument, endpointsView } from "../../views/endpoint-view.ts"
import { SOME_FAILED } from "../../wait-for-run.ts"

/** What AWS needs at the very most: it gives up itself after about half an hour. */
const GIVE_UP_MS = 3_600_000

/** Makes an endpoint of rows' models and waits until it serves; the same call again finds the same endpoint. */
export async function endpointCreate(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const timeout = durationOption(options, "timeout")
  const giveUpAfter = durationOption(options, "give-up-after") ?? GIVE_UP_MS
  const open = await openEndpoints(call)
  const settings = settingsOf(options, open.isBilled)
  const ports = await open.session.openExisting()
  const served = await servedModels(call, open.session, ports)
  const models = served.map(({ model }) => model)
  const plan = planEndpoint(served, settings, {
    owner: ports.owner,
    prefix: open.prefix,
    hash(text) {
      const digest = shell.digest()
      digest.update(new TextEncoder().encode(text))
      return digest.hex()
    },
  })
  if (options.flag("dry-run")) return showRequests(call, format, open, plan, models)
  const usdPerHour = await open.priceOf(plan.region, plan.variants)
  await confirm(call, questionOf(plan, open.isBilled, usdPerHour))
  const deadline = startDeadline(shell, timeout)
  const request = { plan, models, prefix: open.prefix, giveUpAfter, isOnlyBegun: options.flag("no-wait") }
  const outcome = await withProgress(shell, `endpoint ${plan.name}`, (progress) =>
    serveModels(open, request, hooksOf(call, open, progress, usdPerHour), deadline.signal),
  )
    .catch((error: unknown) => {
      throw mayBeThere(call, error, plan)
    })
    .finally(() => deadline.clear())
  return tell(call, format, open, outcome, usdPerHour, deadline)
}

function settingsOf(options: Options, isBilled: boolean): EndpointSettings {
  const instanceType = options.text("instance-type") ?? (isBilled ? null : "local")
  if (instanceType === null) {
    throw new RegattaError("usage", "an endpoint needs --instance-type", { hint: "e.g. --instance-type ml.m5.large" })
  }
  const startup = durationOption(options, "startup-timeout")
  const weights = options.text("weights")?.split(",") ?? []
  const wrong = weights.find((text) => !/^\s*\d+(\.\d+)?\s*$/.test(text))
  if (wrong !== undefined) throw new RegattaError("usage", `--weights are numbers such as 9,1, got "${wrong}"`)
  return {
    instanceType,
    instances: countOption(options, "instances", 1) ?? 1,
    weights: weights.map(Number),
    startupSeconds: startup === null ? null : Math.round(startup / 1000),
    label: options.text("name"),
  }
}

function questionOf({ region, variants }: EndpointPlan, isBilled: boolean, usdPerHour: number | null): string {
  const what = variants.length === 1 ? "a model" : `${variants.length} models`
  if (!isBilled) return `Serve ${what} on this machine until it is deleted?`
  const machines = variants.map(({ instances, instanceType }) => `${instances} x ${instanceType}`).join(" and ")
  const price = usdPerHour === null ? "at a price that is not known" : `${formatUsd(usdPerHour)} per hour`
  return `Serve ${what} on ${machines} in ${region}? It is billed (${price}) until it is deleted.`
}

function showRequests(
  { shell }: Call,
  format: Format,
  open: OpenEndpoints,
  plan: EndpointPlan,
  models: readonly ModelPlan[],
): number {
  const prepared = [...models.map((model) => open.models.prepareModel(model)), ...open.endpoints.prepare(plan)]
  const requests = prepared.map((each) => ({ region: plan.region, ...each }))
  const document = { version: 1, made: "planned", endpoint: plan, requests }
  shell.err(`would make the endpoint ${plan.name} in ${plan.region}\n`)
  // A request is no table: it is shown as it would be sent.
  print(shell, format === "table" ? "json" : format, {
    document,
    rows: requests,
    record: ({ region, service, operation, request }) => ({
      region,
      service,
      operation,
      request: JSON.stringify(request),
    }),
    name: () => plan.name,
    columns: [],
    tableRows: [],
    empty: "",
  })
  return 0
}

function hooksOf({ shell }: Call, open: OpenEndpoints, progress: Progress, usdPerHour: number | null) {
  return {
    onState: ({ raw }: EndpointState) => progress.say(raw),
    onEnding: () => progress.say("deleting it"),
    // Recorded as soon as it costs: whoever looks later finds it, whatever becomes of this process.
    async onMade(made: "created" | "exists", state: EndpointState) {
      const isOld = made === "exists" && state.status === "inService"
      if (!isOld)
        await open.note(recordOf(state, { outcome: "creating", reason: "", endedAt: null, endedBy: null, usdPerHour }))
      shell.log.event("info", "endpoint made", { endpoint: state.name, region: state.region, made })
    },
  }
}

async function tell(
  call: Call,
  format: Format,
  open: OpenEndpoints,
  outcome: Served,
  usdPerHour: number | null,
  deadline: Deadline,
): Promise<number> {
  const { shell } = call
  const { state } = outcome
  const show = (text: string, more: Readonly<Record<string, unknown>>) => {
    const shown = endpointDocument(state, usdPerHour, shell.clock.now())
    const document = { version: 1, ...more, endpoint: shown }
    print(shell, format, { ...endpointsView([shown], document, { above: [text], empty: "" }), tableRows: [] })
  }
  const where = `the endpoint ${state.name} in ${state.region}`
  const end = call.command(`endpoint delete ${state.name}`)
  const goesOn = open.isBilled ? "is billed" : "serves"
  switch (outcome.kind) {
    case "inService":
      await open.note(recordOf(state, { outcome: "inService", reason: "", endedAt: null, endedBy: null, usdPerHour }))
      show(`${where} ${outcome.made === "exists" ? `was there already${ofOther(open, state)} and serves` : "serves"}`, {
        made: outcome.made,
      })
      shell.err(`it ${goesOn} until it is deleted: ${end}\n`)
      return 0
    case "begun":
      show(`${where} is being made (${state.raw})`, { made: outcome.made })
      shell.err(`it goes on and ${goesOn} until it is deleted: ${end}; the same command waits for it again\n`)
      if (deadline.isPassed()) return ERROR_CODES.timeout.command
      return shell.terminated.aborted ? exitCodeOfSignal(signalName(shell)) : 0
    case "ended":
      return tellEnded(call, open, outcome, usdPerHour, show)
    default:
      return outcome satisfies never
  }
}

/** Who wishes for the same gets the same, also from somebody else. */
function ofOther(open: OpenEndpoints, state: EndpointState): string {
  const owner = ownerOf(state)
  return owner === null || owner === open.owner ? "" : ` (of ${owner})`
}

async function tellEnded(
  { shell, command }: Call,
  open: OpenEndpoints,
  outcome: Extract<Served, { readonly kind: "ended" }>,
  usdPerHour: number | null,
  show: (text: string, more: Readonly<Record<string, unknown>>) => void,
): Promise<number> {
  const { state, reason, isGone, deletedModels } = outcome
  const endedAt = isGone ? shell.clock.now() : null
  await open.note(recordOf(state, { outcome: outcome.outcome, reason, endedAt, endedBy: null, usdPerHour }))
  const how = outcome.outcome === "failed" ? "did not come into service" : "was not in service in time"
  const rest = isGone
    ? `it was deleted with what configures it${deletedModels.length === 0 ? "" : ` and ${deletedModels.join(", ")}`}`
    : "it is not deleted yet"
  show(`the endpoint ${state.name} in ${state.region} ${how}: ${reason}; ${rest}`, {
    made: outcome.outcome,
    reason,
    isGone,
    deletedModels,
  })
  if (!isGone) shell.err(`delete it: ${command(`endpoint delete ${state.name}`)}\n`)
  return SOME_FAILED
}

/** Where no answer came, it may be there, and cost. */
function mayBeThere(call: Call, error: unknown, { name, region }: EndpointPlan): unknown {
  if (!isRegattaError(error, "unavailable")) return error
  const hint = `the endpoint ${name} may be in ${region} and billed: ${call.command(`endpoint delete ${name} --region ${region}`)} ends it, the same command goes on with it`
  return new RegattaError("unavailable", error.message, { hint, fields: error.fields, cause: error })
}
