// From the keys of a search space to a space that has points: what keys must be together, conditions, columns.
// Every problem of the file is told with its key and line; nothing is drawn here.
import { nodeAt, type SettingNode } from "../config/setting-node.ts"
import { readByShape } from "../config/setting-problems.ts"
import { findColumn } from "../manifest/find-column.ts"
import { looksLikeRegion } from "../manifest/regions.ts"
import type { Problem } from "../problem.ts"
import { readSearch } from "../search/read-search.ts"
import { rungsOf } from "../search/rungs.ts"
import { type Expression, type Named, readCondition } from "./expression.ts"
import { ALL_METHODS, type Method } from "./methods.ts"
import { orderByConditions } from "./order-parameters.ts"
import { namedOf, type Parameter, valueAt } from "./parameter.ts"
import { readDomain } from "./read-domain.ts"
import { SOBOL_DIMENSIONS } from "./sobol.ts"
import type { Space } from "./space.ts"
import { type SpaceValues, spaceShape } from "./space-schema.ts"

/** What the command line says in place of the file. */
export interface SpaceOverrides {
  readonly method: Method | null
  readonly samples: number | null
  readonly seed: number | null
  readonly regions: readonly string[] | null
}

export const NO_OVERRIDES: SpaceOverrides = { method: null, samples: null, seed: null, regions: null }

export type ReadSpace =
  | { readonly ok: true; readonly space: Space }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export type Report = (path: readonly string[], message: string, value?: string | null) => void

export function readSpace(file: string, root: SettingNode, overrides: SpaceOverrides): ReadSpace {
  const read = readByShape(spaceShape, file, root)
  if (!read.ok) return read
  const problems: Problem[] = []
  const report: Report = (path, message, value = null) => {
    const { line } = nodeAt(root, path)
    problems.push({ severity: "error", file, line, column: path.join("."), value, message })
  }
  const space = spaceOf(read.values, overrides, report)
  if (space !== null && problems.length === 0) return { ok: true, space }
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

function spaceOf(given: SpaceValues, overrides: SpaceOverrides, report: Report): Space | null {
  const method = overrides.method ?? given.method ?? null
  if (method === null) report(["method"], `is not set: one of ${ALL_METHODS.join(", ")}, here or with --method`)
  const samples = overrides.samples ?? given.samples ?? null
  if (method !== null && method !== "grid" && samples === null)
    report(["samples"], `is not set: ${method} needs the number of points, here or with --samples`)
  if (overrides.samples !== null && method === "grid")
    report(["samples"], "a grid has all its points: leave samples out, or choose another method")
  const parameters = readParameters(given, method, report)
  if (parameters === null) return null
  const known = new Map(parameters.map(({ name, domain }) => [name, namedOf(domain)]))
  const constraints = (given.constraints ?? []).flatMap(
    (text, at) => conditionAt(["constraints", String(at)], text, known, report) ?? [],
  )
  const ordered = orderByConditions(parameters)
  if (!ordered.ok) {
    report(
      ["parameters", ordered.cycle[0] ?? "", "when"],
      `conditions go round in a circle: ${ordered.cycle.join(" needs ")}`,
    )
    return null
  }
  const search = readSearch(given, overrides, method, samples, report)
  const space: Space = {
    method: method ?? "grid",
    samples: method === "grid" ? null : samples,
    seed: overrides.seed ?? given.seed ?? 1,
    isScrambled: given.scramble !== "false",
    parameters,
    ordered: ordered.parameters,
    constraints,
    repeats: given.repeats ?? 1,
    repeatColumn: given.repeat_column ?? "hp.seed",
    columns: [...Object.entries(given.columns ?? {}), ...inFull(given, overrides, method)],
    cross: given.cross ?? null,
    regions: overrides.regions ?? given.regions ?? null,
    search,
  }
  checkColumns(space, report)
  checkRegions(space.regions, report)
  return space
}

/** Another method in place of the file's asha, to compare it with: every row is trained in full. */
function inFull(given: SpaceValues, overrides: SpaceOverrides, method: Method | null): readonly [string, string][] {
  if (given.resource === undefined || overrides.method === null || method === "asha") return []
  return [[given.resource.column, String(given.resource.max)]]
}

/** null: some of them are wrong, so that conditions would be judged by half of what they may name. */
function readParameters(given: SpaceValues, method: Method | null, report: Report): readonly Parameter[] | null {
  const entries = Object.entries(given.parameters)
  if (entries.length === 0) report(["parameters"], "an empty space has no points: name at least one parameter")
  if (method === "sobol" && entries.length > SOBOL_DIMENSIONS)
    report(["parameters"], `sobol has directions for ${SOBOL_DIMENSIONS} parameters, and these are ${entries.length}`)
  const parameters: Parameter[] = []
  for (const [name, values] of entries) {
    const domain = readDomain(values, method)
    if (!domain.ok) report(["parameters", name, ...domain.key], domain.message)
    else parameters.push({ name, column: values.column ?? `hp.${name}`, domain: domain.domain, when: null })
  }
  if (entries.length === 0 || parameters.length < entries.length) return null
  const known = new Map(parameters.map(({ name, domain }) => [name, namedOf(domain)]))
  return parameters.map((parameter) => {
    const text = given.parameters[parameter.name]?.when
    if (text === undefined) return parameter
    return { ...parameter, when: conditionAt(["parameters", parameter.name, "when"], text, known, report) }
  })
}

function conditionAt(
  path: readonly string[],
  text: string,
  known: ReadonlyMap<string, Named>,
  report: Report,
): Expression | null {
  const read = readCondition(text, known)
  if (read.ok) return read.expression
  report(path, read.message, text)
  return null
}

/** Every column is one of the manifest and is filled by one thing only. */
function checkColumns(space: Space, report: Report): void {
  const filled = new Map<string, string>()
  const fill = (path: readonly string[], column: string, cells: readonly string[]) => {
    const found = findColumn(column)
    if (!found.ok) return report(path, found.message, column)
    const { name, facts } = found.column
    const other = filled.get(name)
    if (other !== undefined) report(path, `column ${column} is filled twice: also by ${other}`)
    filled.set(name, path.slice(0, 2).join("."))
    // A cell with a placeholder can be judged only in its row.
    for (const cell of cells.filter((each) => !each.includes("{"))) {
      const outcome = facts.kind.parse(cell)
      if (!outcome.ok) report(path, outcome.message, cell)
    }
  }
  for (const { name, column, domain } of space.parameters) {
    const path = ["parameters", name, ...(column === `hp.${name}` ? [] : ["column"])]
    fill(path, column, domain.kind === "choice" ? domain.values : [valueAt(domain, 0), valueAt(domain, 1)].map(String))
  }
  const { resource = null, halving } = space.search ?? {}
  if (resource !== null) {
    const amounts = halving === "stop" ? [resource.max] : rungsOf(resource)
    fill(["resource", "column"], resource.column, amounts.map(String))
  }
  for (const [column, cell] of space.columns) fill(["columns", column], column, [cell])
  if (space.repeats > 1) fill(["repeats"], space.repeatColumn, ["1"])
  if (space.regions !== null) fill(["regions"], "region", [])
}

function checkRegions(regions: readonly string[] | null, report: Report): void {
  if (regions === null) return
  if (regions.length === 0) report(["regions"], "no region is named")
  for (const [at, region] of regions.entries()) {
    if (!looksLikeRegion(region)) report(["regions", String(at)], "expected an AWS region such as us-east-1", region)
    else if (regions.indexOf(region) < at) report(["regions", String(at)], "this region is named twice", region)
  }
}
