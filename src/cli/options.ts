import { RegattaError } from "../core/errors.ts"
import { PLACES } from "../core/manifest/column-kinds.ts"
import { parseRankings, type Ranking } from "../core/run/leaderboard.ts"
import { OVERLAPS } from "../core/schedule/schedule.ts"
import type { OptionSpec, Options } from "./command.ts"
import { FORMATS } from "./output/print.ts"

export const OUTPUT: OptionSpec = { flags: "-o, --output <format>", summary: "format of the data", choices: FORMATS }
export const YES: OptionSpec = { flags: "-y, --yes", summary: "do not ask" }
export const DRY_RUN: OptionSpec = { flags: "--dry-run", summary: "show what would be done and change nothing" }
export const TIMEOUT: OptionSpec = {
  flags: "--timeout <duration>",
  summary: "wait at most this long (30s, 10m, 2h), then exit 6; the run goes on",
}
export const ALL_OWNERS: OptionSpec = { flags: "--all-owners", summary: "also runs of others" }
export const OWNER: OptionSpec = {
  flags: "--owner <name>",
  summary: "confirms whose run this is, when it is another's",
}
export const OVERLAP: OptionSpec = {
  flags: "--overlap <policy>",
  summary:
    "while an earlier run of the schedule goes on: make none (skip, the default), wait (queue), or start beside it",
  choices: OVERLAPS,
}
export const NO_FOLLOWER: OptionSpec = {
  flags: "--no-follower",
  summary: "start no follower for a detached run; `follow RUN` is then yours to run",
}
export const NO_REFRESH: OptionSpec = {
  flags: "--no-refresh",
  summary: "show what the table holds, without asking services",
}

/** Where regatta.yaml, platform and table come from; every command that opens the table has them. */
export const CONFIG: readonly OptionSpec[] = [
  { flags: "--config <file>", summary: "this regatta.yaml instead of the nearest one" },
  { flags: "--table <table>", summary: "central table, e.g. sqlite:/path/table.sqlite" },
]

export const ON: OptionSpec = {
  flags: "--on <platform>",
  summary: "where the run happens",
  choices: ["local", "aws", "simulated"],
}

/** How a manifest is read. */
export const MANIFEST: readonly OptionSpec[] = [
  ON,
  { flags: "--columns <names>", summary: "column names of a manifest without header, separated by commas" },
  { flags: "--name <name>", summary: "name of the run (default: the manifest's)" },
  { flags: "--offline", summary: "plan without asking AWS; what is not looked at is listed as not checked" },
  {
    flags: "--allow-plain-env <name>",
    summary: "an environment variable that may look like a secret (repeatable)",
    isRepeatable: true,
  },
]

export const PLACE: OptionSpec = {
  flags: "--place <how>",
  summary: "how the region of every row is chosen, in place of its own `place`",
  choices: PLACES,
}

export const BUDGET: readonly OptionSpec[] = [
  { flags: "--max-cost <usd>", summary: "budget: what may be spent before no further row is started" },
  { flags: "--allow-unknown-price", summary: "with a budget, start rows of unknown price too" },
]

/** What a schedule gives the submission that it fires. */
export const FIRING: readonly OptionSpec[] = [
  {
    flags: "--schedule <name>",
    summary: "submit as a firing of this schedule: its run is made once, however often it is fired",
  },
  { flags: "--scheduled-time <time>", summary: "when it was to fire, in UTC, e.g. 2026-11-29T02:00:00Z" },
  { flags: "--time-zone <zone>", summary: "in which {scheduled.date} is the day (default: UTC)" },
  OVERLAP,
]

/** Which rows of a run are meant. */
export const SELECTION: readonly OptionSpec[] = [
  { flags: "--rows <rows>", summary: "these rows, e.g. 3,10-99" },
  { flags: "--failed", summary: "rows that failed" },
  { flags: "--region <region>", summary: "rows of this region" },
  { flags: "--reason <text>", summary: "rows whose reason contains this text" },
]

/** Milliseconds of `30s`, `10m`, `1h30m`, `2d` or plain seconds; null where the option was not given. */
export function durationOption(options: Options, name: string): number | null {
  const text = options.text(name)
  if (text === null) return null
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text)
  if (match === null || text === "") {
    throw new RegattaError("usage", `--${name} is a duration such as 30s, 10m, 1h30m or 2d, got "${text}"`)
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

/** A whole number from `least`; null where the option was not given. */
export function countOption(options: Options, name: string, least: number): number | null {
  const text = options.text(name)
  if (text === null) return null
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && Number.isSafeInteger(value))) {
    throw new RegattaError("usage", `--${name} is a whole number from ${least}, got "${text}"`)
  }
  return value
}

/** An amount in USD above 0; null where the option was not given. */
export function usdOption(options: Options, name: string): number | null {
  const text = options.text(name)
  if (text === null) return null
  const value = /^\$?\d+(\.\d+)?$/.test(text) ? Number(text.replace("$", "")) : Number.NaN
  if (!(value > 0)) throw new RegattaError("usage", `--${name} is an amount in USD such as 25 or 3.50, got "${text}"`)
  return value
}

/** Index of a row, from 0. */
export function parseRowIndex(text: string): number {
  const index = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(index)) {
    throw new RegattaError("usage", `a row is named by its index, a whole number from 0, got "${text}"`)
  }
  return index
}

/** `accuracy`, `loss:min,f1`; empty where nothing was given. */
export function rankingsOption(text: string | null, option: string): readonly Ranking[] {
  if (text === null) return []
  const rankings = parseRankings(text)
  if (rankings !== null) return rankings
  throw new RegattaError("usage", `--${option} is a metric, or METRIC:max or METRIC:min, got "${text}"`)
}
