import { makeSweep, type Sweep } from "../../app/make-sweep.ts"
import { RegattaError } from "../../core/errors.ts"
import { resolvePath } from "../../core/paths.ts"
import { ALL_METHODS } from "../../core/sweep/methods.ts"
import type { SpaceOverrides } from "../../core/sweep/read-space.ts"
import { GREATEST_SEED } from "../../core/sweep/space-schema.ts"
import type { Call } from "../command.ts"
import { exitCodeOfSignal, interrupted } from "../interrupt.ts"
import { countOption } from "../options.ts"
import { csvRecord } from "../output/csv.ts"
import { formatCount } from "../output/format.ts"
import { manifestDestination } from "../output/manifest-destination.ts"
import { sweepPorts } from "../sweep-ports.ts"
import { sweepReplay } from "./sweep-replay.ts"
import { sweepResume } from "./sweep-resume.ts"
import { sweepSubmit } from "./sweep-submit.ts"

const FORMATS = ["csv", "json", "jsonl", "name"] as const
/** Records that are joined before they are written. */
const AT_ONCE = 1000

/** What is only for a run. */
const OF_RUNS = [
  ...["name", "max-cost", "allow-unknown-price", "allow-plain-env", "no-follower", "timeout", "dry-run", "yes"],
] as const

/** Writes the rows of a search space as a manifest, or makes a run of them and stays with it. */
export async function sweep(call: Call): Promise<number> {
  const { shell, options } = call
  const [resumed, replayed] = [options.text("resume"), options.text("replay")]
  const chosen = ["submit", "resume", "replay"].filter((name) => options.isGiven(name))
  if (chosen.length > 1) throw new RegattaError("usage", `--${chosen.join(" and --")} exclude each other`)
  if (resumed !== null || replayed !== null) {
    if (options.isGiven("dry-run"))
      throw new RegattaError("usage", "--dry-run shows what --submit would do", {
        hint: "--replay changes nothing; `status RUN` shows what --resume goes on with",
      })
    if (call.arguments[0] !== null && call.arguments[0] !== undefined)
      throw new RegattaError("usage", `--${chosen.join("")} has the space that is pinned with the run: name none`)
    if (resumed !== null) return sweepResume(call, resumed)
    return sweepReplay(call, replayed ?? "")
  }
  const typed = call.arguments[0] ?? null
  if (typed === null) throw new RegattaError("usage", "name a search space, a YAML file")
  const space = resolvePath(shell.cwd, typed)
  const overrides = overridesOf(call)
  if (options.flag("submit")) {
    if (options.isGiven("out")) throw new RegattaError("usage", "--out writes a manifest: it does not go with --submit")
    return sweepSubmit(call, space, overrides)
  }
  const alone = OF_RUNS.find((name) => options.isGiven(name))
  if (alone !== undefined) throw new RegattaError("usage", `--${alone} is for a run: it goes with --submit`)
  return Promise.race([write(call, space, overrides), interrupted(shell).then(exitCodeOfSignal)])
}

/** On stdout or to a file. */
async function write(call: Call, space: string, overrides: SpaceOverrides): Promise<number> {
  const { shell } = call
  const { format, out } = manifestDestination(call, FORMATS)
  const session = await call.session({ manifest: space })
  const made = await makeSweep(sweepPorts(call, session), session.config, space, overrides)
  for (const note of made.notes) shell.err(`${note}\n`)
  const pieces = written(made, format)
  if (out === null) {
    for (const piece of pieces) shell.out(piece)
    return 0
  }
  await session.files.write(resolvePath(shell.cwd, out), [...pieces].join(""))
  shell.err(`${formatCount(made.size, "row")} in ${out}; next: ${call.command(`plan ${out}`)}\n`)
  return 0
}

function overridesOf({ options }: Call): SpaceOverrides {
  const method = options.text("method")
  const seed = countOption(options, "seed", 0)
  if (seed !== null && seed > GREATEST_SEED) throw new RegattaError("usage", `--seed is at most ${GREATEST_SEED}`)
  return {
    method: ALL_METHODS.find((each) => each === method) ?? null,
    samples: countOption(options, "samples", 1),
    seed,
    regions:
      options
        .text("regions")
        ?.split(",")
        .map((each) => each.trim()) ?? null,
  }
}

function* written({ columns, rows, size }: Sweep, format: (typeof FORMATS)[number]): Generator<string> {
  const recordOf = (row: readonly string[]) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ""]))
  switch (format) {
    case "csv":
      yield csvRecord(columns)
      yield* joined(rows, (row) => csvRecord(row.map((cell) => (cell === "" ? null : cell))))
      break
    case "json":
      yield `${JSON.stringify({ version: 1, size, columns, rows: rows.map(recordOf) }, null, 2)}\n`
      break
    case "jsonl":
      yield* joined(rows, (row) => `${JSON.stringify(recordOf(row))}\n`)
      break
    case "name":
      yield* joined(rows, (row) => `${row[0] ?? ""}\n`)
      break
    default:
      format satisfies never
  }
}

function* joined(rows: Sweep["rows"], line: (row: readonly string[]) => string): Generator<string> {
  for (let from = 0; from < rows.length; from += AT_ONCE)
    yield rows
      .slice(from, from + AT_ONCE)
      .map(line)
      .join("")
}
