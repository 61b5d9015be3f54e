import {
  carryTransforms,
  isUnderWay,
  type RowOutcome,
  refuseSameOutput,
  rowTransform,
} from "../../app/transform-rows.ts"
import { ERROR_CODES } from "../../core/errors.ts"
import type { Call } from "../command.ts"
import { startDeadline } from "../deadline.ts"
import { exitCodeOfSignal, signalName } from "../interrupt.ts"
import { openRunModels, type RunModels } from "../open-models.ts"
import { durationOption } from "../options.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { confirm } from "../prompt.ts"
import { chooseRows } from "../transform-rows-choice.ts"
import { requireText, transformSettings } from "../transform-settings.ts"
import { transformsView } from "../views/transforms-view.ts"
import { SOME_FAILED } from "../wait-for-run.ts"

/** Transforms that run at once on this machine. */
const HERE_AT_ONCE = 2

/** Transforms data with the models of several rows, each in its row's region; the same call again goes on where it was. */
export async function transformRows(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const timeout = durationOption(options, "timeout")
  requireText(options, "input", "--input s3://data-{region}/batch/")
  const open = await openRunModels(call)
  const { run, ports, models, locate } = open
  const rows = await planRows(call, open)
  const show = (outcomes: readonly RowOutcome[]) => print(shell, format, transformsView(run.run, outcomes))
  if (options.flag("dry-run")) {
    show(rows.map(({ index, planOf }) => ({ index, plan: planOf(1), status: "planned", reason: "" })))
    return 0
  }
  if (locate === null) {
    const { instances, instanceType } = transformSettings(options, null)
    const regions = new Set(rows.map(({ model }) => model.region))
    const machines = `${instances} x ${instanceType} for each`
    const where = formatCount(regions.size, "region")
    await confirm(
      call,
      `Begin ${formatCount(rows.length, "transform")} on ${machines}, in ${where}? Each is billed until it ends.`,
    )
  }
  const wait = !options.flag("no-wait")
  const deadline = startDeadline(shell, timeout)
  const outcomes = await withProgress(shell, formatCount(rows.length, "transform"), (progress) =>
    carryTransforms(
      { ...ports, models },
      rows,
      {
        ...{ atOnce: locate === null ? rows.length : HERE_AT_ONCE, wait },
        onEarlier: ({ name }, { status, reason }) =>
          shell.err(
            `the transform ${name} ${status} before${reason === "" ? "" : ` (${reason})`}; the next try is another transform\n`,
          ),
        onRound: (now) => progress.say(progressText(now)),
      },
      deadline.signal,
    ),
  ).finally(() => deadline.clear())
  show(outcomes)
  const isCut = wait ? outcomes.some(isLeft) : outcomes.some(({ status }) => status === "planned")
  return isCut ? tellLeft(call, outcomes, deadline.isPassed()) : codeOf(outcomes)
}

async function planRows(call: Call, open: RunModels) {
  const { session, ports, run, modelOf, locate } = open
  const { options } = call
  const to = options.text("to")
  // Texts are filled before they are located: only then they are places.
  const settings = { ...transformSettings(options, locate), input: options.text("input") ?? "" }
  const needsAccount = [settings.input, to ?? ""].some((text) => text.includes("{account}"))
  const account = needsAccount ? (await session.ports().caller()).account : ""
  const rows = []
  for (const index of await chooseRows(call, open)) {
    rows.push(rowTransform(ports, run, index, await modelOf(index), { settings, to, locate, account }))
  }
  refuseSameOutput(rows)
  return rows
}

function progressText(outcomes: readonly RowOutcome[]): string {
  const byStatus = Map.groupBy(outcomes, ({ status }) => status)
  return [...byStatus].map(([status, some]) => `${some.length} ${status}`).join(", ")
}

function isLeft(outcome: RowOutcome): boolean {
  return outcome.status === "planned" || isUnderWay(outcome)
}

/** Tells what goes on and what was not begun, and with which exit code the command ends before them. */
function tellLeft({ shell }: Call, outcomes: readonly RowOutcome[], isPassed: boolean): number {
  const left = outcomes.filter(isUnderWay).length
  const unbegun = outcomes.filter(({ status }) => status === "planned").length
  const others = unbegun === 0 ? "" : `, ${unbegun} ${unbegun === 1 ? "was" : "were"} not begun`
  const goes = `${formatCount(left, "transform")} ${left === 1 ? "goes" : "go"} on`
  shell.err(`${goes}${others}; the same command follows them again\n`)
  return isPassed ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(shell))
}

const FAILED: readonly RowOutcome["status"][] = ["failed", "stopped", "unseen"]

function codeOf(outcomes: readonly RowOutcome[]): number {
  return outcomes.some(({ status }) => FAILED.includes(status)) ? SOME_FAILED : 0
}
