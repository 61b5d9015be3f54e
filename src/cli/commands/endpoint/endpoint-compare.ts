import { askEndpoints } from "../../../app/ask-endpoints.ts"
import { type ComparedTarget, compareEndpoints } from "../../../core/endpoint/endpoint-comparison.ts"
import type { EndpointState } from "../../../core/endpoint/endpoint-state.ts"
import { measureKind } from "../../../core/endpoint/measure-error.ts"
import { type LabelledRecords, readLabels, readRecords } from "../../../core/endpoint/read-records.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Call } from "../../command.ts"
import { exitCodeOfSignal, signalName } from "../../interrupt.ts"
import { chosenEndpoints, openEndpoints } from "../../open-endpoints.ts"
import { countOption } from "../../options.ts"
import { parseFormat, print } from "../../output/print.ts"
import { withProgress } from "../../output/progress.ts"
import { readText } from "../../read-text.ts"
import { endpointComparisonView } from "../../views/endpoint-comparison-view.ts"

/** The same records to several endpoints, or to the variants of one: predictions, latency and error side by side. */
export async function endpointCompare(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const batch = countOption(options, "batch", 1) ?? 1
  const { records, labels } = await recordsOf(call)
  const open = await openEndpoints(call)
  const targets = targetsOf(await chosenEndpoints(open, call.rest), options.flag("variants"))
  const asking = {
    records,
    batch,
    contentType: options.text("content-type") ?? "text/csv",
    accept: options.text("accept"),
  }
  const answers = await withProgress(shell, "asking", (progress) =>
    askEndpoints(
      { endpoints: open.endpoints, clock: shell.clock },
      targets,
      asking,
      (done) => progress.update(done, records.length),
      shell.terminated,
    ),
  )
  const asked = answers[0]?.predictions.length ?? 0
  const kind = options.flag("classes") ? "classes" : labels === null ? "numbers" : measureKind(labels)
  const known = labels?.slice(0, asked) ?? null
  print(
    shell,
    format,
    endpointComparisonView(compareEndpoints(answers, { records: asked, batch, labels: known, kind }), records),
  )
  return shell.terminated.aborted ? exitCodeOfSignal(signalName(shell)) : 0
}

async function recordsOf(call: Call): Promise<LabelledRecords> {
  const { options } = call
  const file = options.text("file")
  if (file === null) throw new RegattaError("usage", "give the records with --file", { hint: "one record a line" })
  const whole = await readText(call, file)
  const text = options.flag("header") ? whole.replace(/^[^\n]*\n/, "") : whole
  const most = countOption(options, "records", 1) ?? Number.POSITIVE_INFINITY
  const named = options.text("labels")
  const cell = named === "first" || named === "last" ? named : null
  const { records, labels } = readRecords(text, cell)
  const all = named === null || cell !== null ? labels : readLabels(await readText(call, named), records.length)
  return { records: records.slice(0, most), labels: all?.slice(0, most) ?? null }
}

/** Each endpoint as a whole, or, with `--variants` or where there is only one endpoint with several, each variant. */
function targetsOf(states: readonly EndpointState[], isByVariant: boolean): readonly ComparedTarget[] {
  const [first] = states
  const isSplit = isByVariant || (states.length === 1 && (first?.variants.length ?? 0) > 1)
  return states.flatMap(({ name, region, variants }): readonly ComparedTarget[] => {
    const [only, ...others] = variants
    const whole = {
      label: name,
      endpoint: name,
      region,
      variant: null,
      model: others.length === 0 ? (only?.model ?? null) : null,
      instanceType: others.length === 0 ? (only?.instanceType ?? null) : null,
    }
    if (!isSplit) return [whole]
    return variants.map((variant) => ({
      ...whole,
      label: states.length === 1 ? variant.name : `${name} ${variant.name}`,
      variant: variant.name,
      model: variant.model,
      instanceType: variant.instanceType,
    }))
  })
}
