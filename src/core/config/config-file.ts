// One regatta.yaml as read: its values, checked, and the line of each. Or every problem of it.
// It knows no default and no override; config.ts puts those together.

import { didYouMean } from "../manifest/nearest-name.ts"
import { unknownRegion } from "../manifest/read-places.ts"
import { type ReadSettings, readSettings } from "../manifest/read-settings.ts"
import { KNOWN_REGIONS, looksLikeRegion } from "../manifest/regions.ts"
import { withoutPassword } from "../manifest/secrets.ts"
import type { Problem } from "../problem.ts"
import type { Settings } from "./config.ts"
import { type ConfigValues, configSchema, keysAt } from "./config-schema.ts"
import { memberOf, nodeAt, plainTexts, type SettingNode } from "./setting-node.ts"

export interface ConfigFile {
  /** Absolute path. */
  readonly file: string
  /** Its folder, where relative paths in it begin. */
  readonly folder: string
  readonly values: ConfigValues
  readonly defaults: Settings
  readonly regions: Readonly<Record<string, Settings>>
  /** 1-based line by dotted key. */
  readonly lines: Readonly<Record<string, number>>
}

export type ReadConfigFile =
  | { readonly ok: true; readonly config: ConfigFile }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export function readConfigFile(file: string, folder: string, root: SettingNode): ReadConfigFile {
  const lines: Record<string, number> = {}
  noteLines(root, "", lines)
  const problem: MakeProblem = (column, line, value, message) => ({
    severity: "error",
    file,
    line,
    column,
    value,
    message,
  })
  if (root.kind !== "map" && root.kind !== "empty") {
    return { ok: false, problems: [problem(null, root.line, null, "expected keys and their values, one per line")] }
  }
  const layers = readLayers(root)
  const parsed = configSchema.safeParse(plainTexts(root) ?? {})
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => issueProblems(issue, root, problem))),
    ...layers.flatMap(({ under, region, line }) =>
      region === null || looksLikeRegion(region)
        ? []
        : [problem(under, line, null, `expected an AWS region such as us-east-1${didYouMean(region, KNOWN_REGIONS)}`)],
    ),
    ...regionProblems(root, problem),
    ...layers.flatMap(({ under, read }) =>
      read.faults.map((fault) =>
        problem(fault.key === "" ? under : `${under}.${fault.key}`, fault.line, fault.value, fault.message),
      ),
    ),
  ]
  if (!parsed.success || problems.length > 0)
    return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
  for (const { under, read } of layers) {
    for (const [key, line] of Object.entries(read.lines)) lines[`${under}.${key}`] = line
  }
  return {
    ok: true,
    config: {
      file,
      folder,
      values: parsed.data,
      defaults: layers.find(({ region }) => region === null)?.read.settings ?? {},
      regions: Object.fromEntries(
        layers.flatMap(({ region, read }) => (region === null ? [] : [[region, read.settings]])),
      ),
      lines,
    },
  }
}

type MakeProblem = (column: string | null, line: number, value: string | null, message: string) => Problem

/** Nothing else would tell of a region that is misspelt where no row names it: that of home, and those of placement. */
function regionProblems(root: SettingNode, problem: MakeProblem): readonly Problem[] {
  const regions = memberOf(root, "regions")
  const named = regions?.kind === "map" ? regions.members.map(([region]) => region) : []
  const known = new Set([...KNOWN_REGIONS, ...named])
  // Another shape is told as every key's.
  return namedRegions(root)
    .filter(({ name }) => looksLikeRegion(name) && !known.has(name))
    .map(({ key, line, name }) => problem(key, line, name, unknownRegion(name, known)))
}

interface NamedRegion {
  readonly key: string
  readonly line: number
  readonly name: string
}

function namedRegions(root: SettingNode): readonly NamedRegion[] {
  const placement = memberOf(root, "placement")
  const at = (key: string) => (placement === null ? null : memberOf(placement, key))
  return [
    ...valuesOf("home", memberOf(root, "home")),
    ...valuesOf("placement.regions", at("regions")),
    ...["transfer_usd_per_gb", "copy_mb_per_second", "spot_prices"].flatMap((key) =>
      keysOf(`placement.${key}`, at(key)),
    ),
    ...membersOf(at("buckets")).flatMap(([bucket, node]) => valuesOf(`placement.buckets.${bucket}`, node)),
    ...membersOf(at("residency")).flatMap(([place, node]) => valuesOf(`placement.residency.${place}`, node)),
  ]
}

function valuesOf(key: string, node: SettingNode | null): readonly NamedRegion[] {
  if (node?.kind === "list") return node.items.flatMap((item, at) => valuesOf(`${key}.${at}`, item))
  if (node?.kind !== "scalar") return []
  return node.text.split(";").map((name) => ({ key, line: node.line, name: name.trim() }))
}

/** Regions that are keys, also of one pair of regions below another; `region/instance_type` names one too. */
function keysOf(key: string, node: SettingNode | null): readonly NamedRegion[] {
  return membersOf(node).flatMap(([name, below]) => [
    { key: `${key}.${name}`, line: below.line, name: name.split("/")[0] ?? "" },
    ...keysOf(`${key}.${name}`, below),
  ])
}

function membersOf(node: SettingNode | null): readonly (readonly [string, SettingNode])[] {
  return node?.kind === "map" ? node.members : []
}

interface Layer {
  readonly under: string
  /** null: the settings of all rows. */
  readonly region: string | null
  readonly line: number
  readonly read: ReadSettings
}

function readLayers(root: SettingNode): readonly Layer[] {
  const defaults = memberOf(root, "defaults")
  const regions = memberOf(root, "regions")
  return [
    ...(defaults === null
      ? []
      : [{ under: "defaults", region: null, line: defaults.line, read: readSettings(defaults, false) }]),
    ...(regions?.kind !== "map" ? [] : regions.members).map(([region, node]) => ({
      under: `regions.${region}`,
      region,
      line: node.line,
      read: readSettings(node, true),
    })),
  ]
}

function noteLines(node: SettingNode, under: string, lines: Record<string, number>): void {
  if (node.kind !== "map") return
  for (const [key, value] of node.members) {
    const dotted = under === "" ? key : `${under}.${key}`
    lines[dotted] = value.line
    noteLines(value, dotted, lines)
  }
}

interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

function issueProblems(issue: Issue, root: SettingNode, problem: MakeProblem): readonly Problem[] {
  const path = issue.path.map(String)
  const node = nodeAt(root, path)
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path)
    return (issue.keys ?? []).map((key) => {
      const line = memberOf(node, key)?.line ?? node.line
      return problem(
        [...path, key].join("."),
        line,
        null,
        `there is no such key${didYouMean(key, known)}; known are ${known.join(", ")}`,
      )
    })
  }
  const value = node.kind === "scalar" && issue.params?.["isHidden"] !== true ? withoutPassword(node.text) : null
  const message = issue.code === "custom" ? issue.message : expectedAt(path)
  return [problem(path.join("."), node.line, value, message)]
}

function expectedAt(path: readonly string[]): string {
  const keys = keysAt(path)
  return keys.length === 0
    ? "this is not what belongs here: see `config schema`"
    : `expected the keys ${keys.join(", ")} below it`
}
