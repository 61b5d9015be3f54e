import { type ShownValue, showConfig } from "../../app/show-config.ts"
import { resolvePath, shortPath } from "../../core/paths.ts"
import type { Call } from "../command.ts"
import { ABSENT } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import type { Column } from "../output/table.ts"

/** Prints every setting that is in force; with --origin, where it came from. */
export async function configShow(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const typed = call.arguments[0] ?? null
  const { config } = await call.session(typed === null ? {} : { manifest: resolvePath(shell.cwd, typed) })
  const values = showConfig(config)
  print(shell, format, {
    document: { version: 1, file: config.file, settings: values },
    rows: values,
    record: ({ key, value, origin }) => ({ key, value, origin: origin.kind, detail: origin.detail }),
    name: ({ key }) => key,
    columns: columns(options.flag("origin"), shell.cwd),
    above: [config.file === null ? "no regatta.yaml was found" : `from ${config.file}`, ""],
    below: values.some(({ isApplied }) => !isApplied) ? ["", `* not applied on ${config.on}`] : [],
    empty: "nothing is set",
  })
  return 0
}

function columns(hasOrigin: boolean, cwd: string): readonly Column<ShownValue>[] {
  return [
    { title: "SETTING", value: ({ key, isApplied }) => `${key}${isApplied ? "" : " *"}`, shrinkTo: 20 },
    { title: "VALUE", value: ({ value }) => (value === null ? ABSENT : String(value)), shrinkTo: 16 },
    ...(hasOrigin ? [{ title: "ORIGIN", value: (shown: ShownValue) => originText(shown, cwd), shrinkTo: 12 }] : []),
  ]
}

function originText({ origin }: ShownValue, cwd: string): string {
  const detail = shortPath(cwd, origin.detail)
  return origin.kind === "file" ? detail : detail === "" ? origin.kind : `${origin.kind} ${detail}`
}
