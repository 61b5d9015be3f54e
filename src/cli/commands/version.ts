import { VERSION } from "../../core/version.ts"
import type { Call } from "../command.ts"
import { parseFormat, print } from "../output/print.ts"

/** Prints the version of regatta. */
export async function version(call: Call): Promise<number> {
  const versions = { version: 1, regatta: VERSION }
  print(call.shell, parseFormat(call.options.text("output")), {
    document: versions,
    rows: [versions],
    record: ({ regatta }) => ({ regatta }),
    name: ({ regatta }) => regatta,
    columns: [],
    tableRows: [],
    above: [`regatta ${versions.regatta}`],
    empty: "",
  })
  return 0
}
