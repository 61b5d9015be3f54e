// One record after another becomes a pinned row or problems: the pure rules of core, and what must be there on this machine.
// Remembers no row; what must be known of all together is in RowsTogether and PlanTotals.

import type { Config } from "../core/config/config.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { buildRow } from "../core/manifest/build-row.ts"
import { cellsGiven } from "../core/manifest/cells-given.ts"
import { AUTO_REGION } from "../core/manifest/column-kinds.ts"
import type { Header } from "../core/manifest/header.ts"
import { didYouMean } from "../core/manifest/nearest-name.ts"
import type { ProblemList } from "../core/manifest/problem-list.ts"
import { unknownRegion } from "../core/manifest/read-places.ts"
import { KNOWN_REGIONS } from "../core/manifest/regions.ts"
import { findShared, resolveElsewhere } from "../core/manifest/resolve-elsewhere.ts"
import { type RowContext, rowContext } from "../core/manifest/row-context.ts"
import { rowProblem, settingProblem } from "../core/manifest/row-problems.ts"
import { type Finding, type RowReader, rowReader, wrongValues } from "../core/manifest/row-reader.ts"
import { findBrokenRules } from "../core/manifest/row-rules.ts"
import { type Given, type RowSettings, settingLayers, withoutOverruled } from "../core/manifest/row-settings.ts"
import { RowsTogether } from "../core/manifest/rows-together.ts"
import type { ChosenRow } from "../core/placement/plan-placement.ts"
import type { PlaceWish } from "../core/placement/problem.ts"
import type { Problem } from "../core/problem.ts"
import { PlanTotals } from "../core/run/plan-totals.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import type { AccountCheck } from "./check-account.ts"
import { MachineCheck } from "./check-machine.ts"
import type { PlacedRows } from "./placed-rows.ts"
import type { ManifestRecord } from "./read-manifest.ts"

export interface PlannedRow {
  readonly spec: JobSpec
  readonly code: CodeSource | null
}

/** Where rows train that are not pinned. */
export interface ChosenPlaces {
  /** In place of every row's own wish; null: each row's own. */
  readonly place: PlaceWish | null
  /** null: nobody chose. */
  readonly placed: PlacedRows | null
  readonly isOneRow: boolean
}

const UNCHOSEN =
  "where such a row trains is chosen by `plan` and `submit` of a manifest, and not here: name its region, and leave place out"

type LooseFinding = Omit<Finding, "given">

export class RowPlanner {
  readonly totals: PlanTotals
  readonly #config: Config
  readonly #header: Header
  readonly #file: string
  readonly #chosen: ChosenPlaces
  readonly #problems: ProblemList
  readonly #context: RowContext
  readonly #layers: ReturnType<typeof settingLayers>
  readonly #together = new RowsTogether()
  readonly #machine: MachineCheck
  readonly #account: AccountCheck | null
  readonly #service: Pick<RequestPreview, "refusals"> | null
  readonly #known: Parameters<typeof rowReader>[2] = new WeakMap()

  constructor(
    ports: Pick<OpenPorts, "files"> & {
      readonly service: Pick<RequestPreview, "refusals"> | null
      readonly account: AccountCheck | null
    },
    config: Config,
    manifest: {
      readonly file: string
      readonly folder: string
      readonly header: Header
      readonly allowPlainEnv: readonly string[]
      readonly earlierRuntimeSeconds: number | null
      readonly chosen: ChosenPlaces
    },
    problems: ProblemList,
  ) {
    // Prices that the account's check learns are in force from the row that made it ask.
    const priced = ports.account === null ? config : { ...config, prices: ports.account.prices }
    this.totals = new PlanTotals(priced, manifest.earlierRuntimeSeconds)
    this.#config = config
    this.#account = ports.account
    this.#header = manifest.header
    this.#file = manifest.file
    this.#chosen = manifest.chosen
    this.#problems = problems
    this.#context = rowContext(priced, manifest.folder, manifest.allowPlainEnv, manifest.earlierRuntimeSeconds)
    this.#layers = settingLayers(config)
    this.#machine = new MachineCheck(ports.files, config)
    this.#service = ports.service
  }

  /** The row of a record, or null where it is wrong: the problems then say how. */
  async add(index: number, { line, cells }: ManifestRecord): Promise<PlannedRow | null> {
    if (cells.length !== this.#header.columns.length) {
      this.#report(line, new Map(), [this.#lengthFinding(cells.length)])
      return null
    }
    const own = cellsGiven(this.#header, cells)
    const chosen = this.#chosen.placed?.of(index) ?? null
    const region = chosen?.region ?? this.#regionOf(index, line, own)
    if (region === null) return null
    const reader = this.#readerIn(index, region, own)
    const { given } = reader.row
    const { spec: read, code } = buildRow(reader, this.#context)
    if (chosen === null) this.#findUnchosen(reader)
    const built = read === null || chosen === null ? read : this.#withData(reader, read, chosen, own)
    const spec = built === null ? null : this.#withElsewhere(reader, built, own)
    if (spec !== null) await this.#account?.learnPrices(spec.places)
    if (spec !== null) findBrokenRules(reader, spec, this.#context)
    const together = this.#together.add(line, region, given, spec, cells)
    const there = spec === null ? [] : await this.#machine.row(spec, code)
    const refused = spec === null ? [] : this.#refused(spec)
    const isRight = this.#report(line, given, [...reader.findings, ...together, ...there, ...refused])
    if (!isRight || spec === null) return null
    this.totals.add(spec, given)
    this.#account?.add(line, given, spec, code !== null)
    return { spec, code }
  }

  /** On local every region is this machine, and a fallback has the row's own settings. */
  #withElsewhere(reader: RowReader, spec: JobSpec, own: RowSettings): JobSpec {
    if (this.#config.on === "local") return spec
    const { index } = reader.row
    return resolveElsewhere(reader, spec, this.#context, (region) => this.#readerIn(index, region, own))
  }

  #readerIn(index: number, region: string, own: RowSettings): RowReader {
    const given = withoutOverruled(new Map([...this.#layers.of(region), ...own]))
    return rowReader({ index, region, given }, this.#context, this.#known)
  }

  /** A row that somebody carries by himself stays in its own region. */
  #findUnchosen(reader: RowReader): void {
    const { place, placed, isOneRow } = this.#chosen
    const wish = place ?? reader.fixed("place") ?? "pinned"
    if (wish === "pinned" || isOneRow || placed?.failed.has(reader.row.index) === true) return
    reader.find("place", UNCHOSEN)
  }

  /** The row with its data: as its own region's settings name it, or the copies of it where it trains. */
  #withData(reader: RowReader, spec: JobSpec, chosen: ChosenRow, own: RowSettings): JobSpec {
    const { index, region, from, place } = chosen
    const home = from === region ? spec : buildRow(this.#readerIn(index, from, own), this.#context).spec
    const copiedFrom: Record<string, string> = {}
    const channels = (home ?? spec).channels.map((channel) => {
      const uri = this.#chosen.placed?.copyOf(chosen, channel.uri) ?? null
      if (uri === null) return channel
      copiedFrom[channel.name] = channel.uri
      return { ...channel, uri }
    })
    const isCopied = Object.keys(copiedFrom).length > 0
    if (home !== null && from !== region && this.#config.on !== "local")
      findShared(reader, home, { ...spec, channels: [] }, "place")
    if ((place !== "data" || isCopied) && spec.places.some((each) => each.region !== region))
      reader.find("fallback", "the region of this row is chosen by place: write * for the region of a fallback")
    return isCopied ? { ...spec, channels, copiedFrom } : { ...spec, channels }
  }

  #refused(spec: JobSpec): readonly LooseFinding[] {
    return (this.#service?.refusals(spec) ?? []).map((refusal) => ({ severity: "error", ...refusal }))
  }

  /** Asks the account what the rows made necessary, and tells what is wrong. */
  async askAccount(): Promise<void> {
    if (this.#account === null) return
    for (const { at, others, ...finding } of await this.#account.ask()) {
      if (at === null) this.#problems.add(this.#accountProblem(finding))
      else this.#report(at.line, at.given, [others === 0 ? finding : alsoOf(finding, others)])
    }
    this.totals.noteQuotas(this.#account.quotas)
  }

  /** Told at a key of regatta.yaml. */
  #accountProblem({ severity, column, message }: LooseFinding): Problem {
    const { file, origins, account } = this.#config
    const value = column === "account" ? account : null
    return { severity, file: file ?? "regatta.yaml", line: origins[column]?.line ?? null, column, value, message }
  }

  /** What can be said only of all rows together. */
  end(): void {
    for (const { given, regions } of this.#together.sharedDefaults()) {
      const message = `this belongs to one region, and rows in ${regions.join(", ")} have it: set it under regions`
      this.#problems.add(settingProblem(this.#config, given, "error", message))
    }
    this.#findUnusedRegions()
  }

  /** To name a region in regatta.yaml makes it known, so a misspelt one is seen only by having no rows. */
  #findUnusedRegions(): void {
    const used = new Set(this.totals.regions.map(({ region }) => region))
    for (const region of Object.keys(this.#config.regions)) {
      if (KNOWN_REGIONS.has(region) || used.has(region)) continue
      const column = `regions.${region}`
      const line = this.#config.origins[column]?.line ?? null
      const message = `no row is in this region${didYouMean(region, KNOWN_REGIONS)}`
      this.#problems.add({
        severity: "warning",
        file: this.#config.file ?? "regatta.yaml",
        line,
        column,
        value: null,
        message,
      })
    }
  }

  /** null: it is not set or unknown, and told together with the row's other wrong cells. */
  #regionOf(index: number, line: number, own: ReadonlyMap<string, Given>): string | null {
    const region = own.get("region")?.text.trim() ?? this.#layers.defaultRegion
    if (region !== null && this.#context.regions.has(region)) return region
    // Told already, with all that is wrong with the row.
    if (region === AUTO_REGION && this.#chosen.placed?.failed.has(index) === true) return null
    const message =
      region === null
        ? "is not set: each row needs the AWS region of its data"
        : region === AUTO_REGION
          ? UNCHOSEN
          : unknownRegion(region, this.#context.regions)
    const given = region === null || own.has("region") ? own : this.#layers.of(region)
    this.#report(line, given, [{ severity: "error", column: "region", message }])
    this.#report(line, own, wrongValues(own, this.#context))
    return null
  }

  #lengthFinding(count: number): LooseFinding {
    const wanted = this.#header.columns.length
    const more =
      count > wanted
        ? "name the further ones in the header or with --columns"
        : "write an empty cell where nothing is set"
    const cells = (n: number) => `${n} ${n === 1 ? "cell" : "cells"}`
    return {
      severity: "error",
      column: "",
      message: `this record has ${cells(count)}, and there are ${wanted} columns: ${more}`,
    }
  }

  /** False when one of them is an error. What every row would repeat is told once. */
  #report(line: number, settings: RowSettings, findings: readonly (LooseFinding | Finding)[]): boolean {
    for (const finding of findings) {
      const given = settings.get(finding.column) ?? null
      const problem = rowProblem({ file: this.#file, config: this.#config }, line, { ...finding, given })
      const isColumn = this.#header.columns.some((each) => each?.column.name === finding.column)
      const isRepeated = given === null ? finding.column !== "" && !isColumn : given.key !== null
      if (isRepeated) this.#problems.addOnce(problem)
      else this.#problems.add(problem)
    }
    return findings.every((each) => each.severity !== "error")
  }
}

function alsoOf(finding: LooseFinding, others: number): LooseFinding {
  return { ...finding, message: `${finding.message} (as for ${others} more ${others === 1 ? "row" : "rows"})` }
}
