import { shortPath } from "../../core/paths.ts"
import type { Problem } from "../../core/problem.ts"
import { formatProblem } from "../../core/problem.ts"
import { formatCount } from "./format.ts"
import { plain } from "./text.ts"

/** Problems shown one by one before the rest is only counted; JSON shows them all. */
const SHOWN = 50

/** All problems in the order of the file; one that many rows share is shown once, with the number of its rows. */
export function problemLines(problems: readonly Problem[], cwd = "", shown = SHOWN): readonly string[] {
  const groups = [...group(problems.map((problem) => ({ ...problem, file: shortPath(cwd, problem.file) }))).values()]
  const lines = groups.slice(0, shown).map(groupLine)
  const rest = groups.slice(shown).reduce((sum, members) => sum + members.length, 0)
  return rest === 0 ? lines : [...lines, `… and ${formatCount(rest, "more problem")}`]
}

function group(problems: readonly Problem[]): ReadonlyMap<string, readonly [Problem, ...Problem[]]> {
  const groups = new Map<string, [Problem, ...Problem[]]>()
  for (const problem of problems) {
    const key = JSON.stringify([problem.severity, problem.file, problem.column, problem.value, problem.message])
    const members = groups.get(key)
    if (members === undefined) groups.set(key, [problem])
    else members.push(problem)
  }
  return groups
}

function groupLine(members: readonly [Problem, ...Problem[]]): string {
  const [first] = members
  const also = members.length === 1 ? "" : ` (and ${formatCount(members.length - 1, "more line")}${lastLine(members)})`
  return plain(`${first.severity === "warning" ? "warning: " : ""}${formatProblem(first)}${also}`)
}

function lastLine(members: readonly Problem[]): string {
  const line = members.at(-1)?.line ?? null
  return line === null ? "" : ` to line ${line}`
}
