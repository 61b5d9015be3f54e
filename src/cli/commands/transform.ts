import { beginTransform, followTransform, tryText } from "../../app/create-model.ts"
import { ERROR_CODES } from "../../core/errors.ts"
import { planTransform, type TransformPlan } from "../../core/job/transform-plan.ts"
import type { Call } from "../command.ts"
import { startDeadline } from "../deadline.ts"
import { exitCodeOfSignal, signalName } from "../interrupt.ts"
import { openModels } from "../open-models.ts"
import { durationOption } from "../options.ts"
import { type Format, parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { confirm } from "../prompt.ts"
import { isSeveralRows } from "../transform-rows-choice.ts"
import { requireText, transformSettings } from "../transform-settings.ts"
import { SOME_FAILED } from "../wait-for-run.ts"
import { transformRows } from "./transform-rows.ts"

/** Transforms data in batches with the model of a row, and waits for the end; the same call again goes on where it was, and tries anew what failed. */
export async function transform(call: Call): Promise<number> {
  const { shell, options } = call
  if (isSeveralRows(call)) return transformRows(call)
  const format = parseFormat(options.text("output"))
  const timeout = durationOption(options, "timeout")
  requireText(options, "input", "--input s3://my-data/batch/")
  const { ports, run, index, model, output, models, locate } = await openModels(call)
  const to = options.text("to")
  const given = to === null || locate === null ? to : locate(to)
  const settings = transformSettings(options, locate)
  const planOf = (attempt: number) =>
    planTransform(model, settings, { given, root: output }, (text) => {
      const digest = shell.digest()
      digest.update(new TextEncoder().encode(tryText(attempt, text)))
      return digest.hex()
    })
  let plan = planOf(1)
  const show = (status: string, reason: string, text: string) =>
    printTransform(call, format, { run: run.run, index, plan, status, reason }, text)
  if (options.flag("dry-run")) {
    show("planned", "", `would make the model ${model.name} and transform ${plan.input} into ${plan.output}`)
    return 0
  }
  if (locate === null) {
    const machines = `${plan.instances} x ${plan.instanceType}`
    await confirm(call, `Transform ${plan.input} on ${machines} in ${plan.region}? It is billed until it ends.`)
  }
  await models.createModel(model)
  const { begun, ...found } = await beginTransform(models, planOf, (earlier, { status, reason }) =>
    shell.err(
      `the transform ${earlier.name} ${status} before${reason === "" ? "" : ` (${reason})`}; the next try is another transform\n`,
    ),
  )
  plan = found.plan
  if (options.flag("no-wait")) {
    show(begun, "", `transform ${plan.name} in ${plan.region}: ${begun}; its predictions will be in ${plan.output}`)
    return 0
  }
  const deadline = startDeadline(shell, timeout)
  const end = await withProgress(shell, `transform ${plan.name}`, (progress) =>
    followTransform({ ...ports, models }, plan, (state) => progress.say(state.raw), deadline.signal),
  ).finally(() => deadline.clear())
  if (end === null) {
    shell.err(`the transform ${plan.name} goes on in ${plan.region}; the same command follows it again\n`)
    return deadline.isPassed() ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(shell))
  }
  const isDone = end.status === "completed"
  const how = isDone ? `predictions in ${plan.output}` : `${end.status}${end.reason === "" ? "" : `: ${end.reason}`}`
  show(end.status, end.reason, `transform ${plan.name} in ${plan.region}: ${how}`)
  return isDone ? 0 : SOME_FAILED
}

interface Shown {
  readonly run: string
  readonly index: number
  readonly plan: TransformPlan
  readonly status: string
  readonly reason: string
}

function printTransform({ shell }: Call, format: Format, shown: Shown, text: string): void {
  const { run, index, plan, status, reason } = shown
  const done = { version: 1, run, index, status, reason: reason === "" ? null : reason, transform: plan }
  print(shell, format, {
    document: done,
    rows: [done],
    record: () => ({
      run,
      index,
      status,
      reason: reason === "" ? null : reason,
      name: plan.name,
      region: plan.region,
      model: plan.model,
      input: plan.input,
      output: plan.output,
    }),
    name: () => plan.output,
    columns: [],
    tableRows: [],
    above: [text],
    empty: "",
  })
}
