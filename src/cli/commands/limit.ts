import { limitRun, placesOfNoRow } from "../../app/limit-run.ts"
import { RegattaError } from "../../core/errors.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { changedTerms, parseLimit, type TermsChange } from "../../core/run/run-terms.ts"
import { chooseRunToChange } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { usdOption } from "../options.ts"
import { formatCount, formatUsd } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { confirm } from "../prompt.ts"

interface LimitLine {
  readonly place: string
  /** null: no limit. */
  readonly limit: number | null
}

/** Changes how many instances a run may have at once, and its budget, from the next launch on. */
export async function limit(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const change = changeOf(call)
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRunToChange(call, session, ports, requiredArgument(call, 0))
  for (const place of await placesOfNoRow(ports, run, change))
    shell.err(`no row of ${run.run} may train at ${place}: the limit is kept all the same\n`)
  const isDry = options.flag("dry-run")
  const wanted = changedTerms(run, change, shell.clock.now())
  if (!isDry && wanted !== run) await confirm(call, `Set ${termsText(change)} for ${run.run}?`)
  const { before, after } = isDry ? { before: run, after: wanted } : await limitRun(ports, run.run, change)
  const lines = linesOf(after)
  print(shell, format, {
    document: { version: 1, run: run.run, dryRun: isDry, limits: after.limits, budgetUsd: after.budgetUsd },
    rows: lines,
    record: ({ place, limit: most }) => ({ place, limit: most }),
    recordColumns: ["place", "limit"],
    name: ({ place }) => place,
    columns: [
      { title: "PLACE", value: ({ place }) => place },
      { title: "AT ONCE", value: ({ limit: most }) => String(most), align: "right" },
    ],
    tableRows: lines,
    above: [],
    below: [`budget ${after.budgetUsd === null ? "none" : formatUsd(after.budgetUsd)}`],
    empty: "the run has no limits",
  })
  say(call, before, after, isDry)
  return 0
}

function changeOf({ arguments: [, region = null], rest: texts, options }: Call): TermsChange {
  const budgetUsd = usdOption(options, "max-cost")
  if (region !== null && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region))
    throw new RegattaError("usage", `a limit begins with a region such as us-east-1, got "${region}"`)
  if ((region !== null && texts.length === 0) || (region === null && budgetUsd === null)) {
    throw new RegattaError("usage", "say what is to be changed: REGION TYPE=N, or --max-cost USD")
  }
  const limits = Object.fromEntries(texts.map((text) => parseLimit(region ?? "", text)))
  return { limits, ...(budgetUsd === null ? {} : { budgetUsd }) }
}

function linesOf({ limits }: RunRecord): readonly LimitLine[] {
  return Object.entries(limits)
    .map(([place, limit]) => ({ place, limit }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
}

function termsText({ limits, budgetUsd }: TermsChange): string {
  const places = Object.entries(limits).map(([place, limit]) => `${place} = ${limit ?? "no limit"}`)
  return [...places, ...(budgetUsd === undefined ? [] : [`a budget of ${formatUsd(budgetUsd)}`])].join(", ")
}

function say({ shell, command }: Call, before: RunRecord, after: RunRecord, isDry: boolean): void {
  if (after === before) shell.err("nothing changes: so it is already\n")
  else if (!isDry) shell.err("it holds from the next launch on; what runs goes on\n")
  const begun = Object.keys(after.limits).filter((place) => before.limits[place] === undefined)
  if (begun.length > 0 && !isDry) {
    const where = `${formatCount(begun.length, "place")} had no limit before`
    shell.err(`${where}: what was launched there meanwhile is not counted, and ends by itself\n`)
  }
  const isRaised = before.budgetUsd !== null && after.budgetUsd !== null && after.budgetUsd > before.budgetUsd
  if (isRaised) shell.err(`rows that failed for the budget: ${command(`retry ${after.run} --reason budget`)}\n`)
}
