import { RegattaError } from "../../../core/errors.ts"
import type { Call } from "../../command.ts"
import { requiredArgument } from "../../command.ts"
import { chosenEndpoints, openEndpoints } from "../../open-endpoints.ts"
import { parseFormat, print } from "../../output/print.ts"
import { readText } from "../../read-text.ts"

/** One request to an endpoint; its answer as it came. */
export async function endpointInvoke(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const body = await bodyOf(call)
  const open = await openEndpoints(call)
  const [state] = await chosenEndpoints(open, [requiredArgument(call, 0)])
  if (state === undefined) return 0
  const contentType = options.text("content-type") ?? "text/csv"
  const invocation = { variant: options.text("variant"), contentType, accept: options.text("accept"), body }
  const began = shell.clock.now()
  const answer = await open.endpoints.invoke(state, invocation)
  const latencyMs = shell.clock.now() - began
  const text = new TextDecoder().decode(answer.body)
  const done = {
    version: 1,
    endpoint: state.name,
    region: state.region,
    variant: answer.variant,
    contentType: answer.contentType,
    latencyMs,
    prediction: text,
  }
  print(shell, format, {
    document: done,
    rows: [done],
    record: ({ version: _, ...record }) => record,
    name: () => text.trimEnd(),
    columns: [],
    tableRows: [],
    above: text.trimEnd().split("\n"),
    empty: "",
  })
  return 0
}

async function bodyOf(call: Call): Promise<Uint8Array> {
  const [data, file] = [call.options.text("data"), call.options.text("file")]
  if ((data === null) === (file === null)) {
    throw new RegattaError("usage", "give the records with --data or --file", {
      hint: "e.g. --data 5.1,3.5,1.4,0.2 or --file records.csv",
    })
  }
  return new TextEncoder().encode(data ?? (await readText(call, file ?? "")))
}
