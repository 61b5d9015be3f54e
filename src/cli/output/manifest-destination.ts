import { RegattaError } from "../../core/errors.ts"
import type { Call } from "../command.ts"

export interface ManifestDestination<Format> {
  readonly format: Format
  /** As given; null: stdout. */
  readonly out: string | null
}

/** `-o` names a format, as everywhere, or the file: whoever writes `-o manifest.csv` means that. The first format is the default. */
export function manifestDestination<Format extends string>(
  call: Call,
  formats: readonly [Format, ...Format[]],
): ManifestDestination<Format> {
  const given = call.options.text("output")
  const out = call.options.text("out")
  const format = formats.find((known) => known === (given ?? formats[0]))
  if (format !== undefined) return { format, out }
  const isPath = given !== null && /[./]/.test(given)
  if (!isPath)
    throw new RegattaError(
      "usage",
      `--output is one of ${formats.join(", ")}, or a file such as manifest.csv, got "${given}"`,
    )
  if (out !== null) throw new RegattaError("usage", `two files are named: ${given} and ${out}`)
  return { format: formats[0], out: given }
}
