// A manifest's rows as they are pinned: planned once more, each with its code packed, and stored only if they are still the rows
// that were planned. Writes code archives and pinned rows, and nothing else.

import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { JobSpec, RegionalSettings } from "../core/job/job-spec.ts"
import { serializeSpec } from "../core/job/serialize-spec.ts"
import type { Plan } from "../core/run/plan.ts"
import type { Part } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { Channel } from "./channel.ts"
import { type PackedCode, packCode } from "./pack-code.ts"
import { pinLines } from "./pin-manifest.ts"
import { planRun } from "./plan-run.ts"
import type { Planned, PlanRequest } from "./planned.ts"
import { refuseChangedCode, type SavedCode } from "./saved-code.ts"
import type { SavedPlan } from "./saved-plan.ts"

export type PinPorts = Pick<OpenPorts, "files" | "objects" | "world">

/** Where the project's own objects are named to lie when no home region is set, as on local. */
export const NO_HOME = "local"

/**
 * Pins the rows of `plan`. Errors: `changed` when manifest, settings or what they name are no longer what was planned, and what
 * packing and storing throw; then no rows are stored.
 */
export async function pinRows(
  ports: PinPorts,
  config: Config,
  request: PlanRequest & {
    readonly saved: Pick<SavedPlan, "code"> | null
    /** Rows from the file's first on that are pinned; missing: all. */
    readonly most?: number
  },
  plan: Plan,
  onRow: (done: number) => void,
): Promise<Part> {
  const lines = new Channel<string>()
  const pinning = pinLines(ports, config.home ?? NO_HOME, lines)
  const packing = new Packing(ports, request.saved?.code ?? null)
  let done = 0
  const planning = planRun(ports, config, request, async (spec, code) => {
    if (spec.index >= (request.most ?? Number.POSITIVE_INFINITY)) return
    const isRead = await lines.push(serializeSpec(await packing.withCode(spec, code)))
    // The store has failed and says why itself.
    if (!isRead) await pinning
    done += 1
    onRow(done)
  }).then(
    (planned) => (isAsPlanned(planned, plan) ? lines.close() : lines.fail(replanned(plan))),
    (error: unknown) => lines.fail(error),
  )
  await Promise.allSettled([pinning, planning])
  return pinning
}

/** Packs each program once for each place where objects are kept. */
export class Packing {
  readonly #ports: PinPorts
  readonly #packed = new Map<string, Promise<PackedCode>>()
  /** What may be packed; null: anything. */
  readonly #saved: readonly SavedCode[] | null

  constructor(ports: PinPorts, saved: readonly SavedCode[] | null) {
    this.#ports = ports
    this.#saved = saved
  }

  async withCode(spec: JobSpec, code: CodeSource | null): Promise<JobSpec> {
    const { program } = spec
    if (program === null || code === null) return spec
    const here = await this.#pack(spec.region, code)
    const packed = { ...spec, program: { ...program, archive: here.archive, entryPoint: here.entryPoint } }
    const others = new Set(spec.places.map(({ region }) => region).filter((region) => region !== spec.region))
    const elsewhere: Record<string, RegionalSettings> = { ...spec.elsewhere }
    for (const region of others) {
      const { archive } = await this.#pack(region, code)
      if (archive.uri !== here.archive.uri)
        elsewhere[region] = { ...elsewhere[region], program: { ...packed.program, archive } }
    }
    return Object.keys(elsewhere).length === 0 ? packed : { ...packed, elsewhere }
  }

  async #pack(region: string, code: CodeSource): Promise<PackedCode> {
    const key = JSON.stringify([this.#ports.objects.home(region), code.folder, code.entry, code.dependencies])
    const packing = this.#packed.get(key) ?? packCode(this.#ports, region, code)
    this.#packed.set(key, packing)
    const packed = await packing
    if (this.#saved !== null) refuseChangedCode([{ ...code, sha256: packed.sha256 }], this.#saved)
    return packed
  }
}

function isAsPlanned(planned: Planned, plan: Plan): boolean {
  return planned.plan?.rowsSha256 === plan.rowsSha256
}

function replanned({ manifest }: Plan): RegattaError {
  return new RegattaError("changed", `${manifest.file}, or what it names, changed after it was planned`, {
    hint: "nothing was submitted; run the command again",
    fields: { path: manifest.file },
  })
}
