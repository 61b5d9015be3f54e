// The programs of a plan by their content: what was looked at when the plan was saved is what may be submitted with it.
// It reads files and stores nothing.

import { RegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { measureCode } from "./pack-code.ts"

/** A program and the SHA-256 of the archive that packing it makes. */
export interface SavedCode extends CodeSource {
  readonly sha256: string
}

/** The programs of many rows, each once. */
export class CodeSources {
  readonly #sources = new Map<string, CodeSource>()

  add(code: CodeSource | null): void {
    if (code !== null) this.#sources.set(keyOf(code), code)
  }

  /** Errors as of `packCode`. */
  async measure(ports: Pick<OpenPorts, "files" | "world">): Promise<readonly SavedCode[]> {
    const measured: SavedCode[] = []
    for (const source of this.#sources.values()) {
      measured.push({ ...source, sha256: (await measureCode(ports, source)).sha256 })
    }
    return measured
  }
}

/** Error `changed`: a program is not what it was, named by its script. */
export function refuseChangedCode(now: readonly SavedCode[], saved: readonly SavedCode[]): void {
  const known = new Map(saved.map((code) => [keyOf(code), code.sha256]))
  const changed = now.find((code) => known.get(keyOf(code)) !== code.sha256)
  if (changed === undefined) return
  const others = [...(changed.folder === null ? [] : [changed.folder]), ...changed.dependencies]
  const beside = others.length === 0 ? "" : `, or what is packed with it (${others.join(", ")}),`
  throw new RegattaError("changed", `the program ${changed.entry}${beside} changed since the plan was saved`, {
    hint: "make the plan anew and look at it: `regatta plan --save`",
    fields: { path: changed.entry },
  })
}

function keyOf({ folder, entry, dependencies }: CodeSource): string {
  return JSON.stringify([folder, entry, dependencies])
}
