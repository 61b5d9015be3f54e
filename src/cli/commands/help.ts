import { RegattaError } from "../../core/errors.ts"
import type { Call } from "../command.ts"
import { COMMANDS } from "../command-tree/command-tree.ts"
import { buildProgram, findCommand } from "../program.ts"
import { isUnbuilt, refuseUnbuilt } from "../unbuilt-commands.ts"

/** The catalogue of product.md; `core/errors.ts` maps every error code to one of these. */
const EXIT_CODES = [
  ["0", "done; with --wait: every row completed"],
  ["1", "fault: a bug, or a store that does not answer"],
  ["2", "usage, config or manifest invalid; nothing was changed"],
  ["3", "finished, and some rows failed or were stopped"],
  ["4", "credentials are missing or not allowed"],
  ["5", "partly done; running it again continues"],
  ["6", "--timeout passed; the run goes on"],
  ["7", "refused: not confirmed, over the budget, or no quota"],
  ["10", "plan --detailed-exitcode: there is work to do"],
  ["75", "run-row --run: another process carries the row"],
  ["130, 143", "interrupted, terminated"],
] as const

const WORKER_EXIT_CODES = [
  ["0", "the row completed, or the follower has it"],
  ["64", "no index, or called wrongly"],
  ["65", "the row is not there, or its bytes are not the planned ones"],
  ["70", "the row failed for good"],
  ["75", "something passing; Batch tries again"],
] as const

/** Help on a command by its path, on `exit-codes`, or on everything. */
export async function help(call: Call): Promise<number> {
  const { shell, rest } = call
  if (rest[0] === "exit-codes") {
    shell.out(`${codes("Exit codes", EXIT_CODES)}\n\n${codes("Exit codes of the worker", WORKER_EXIT_CODES)}\n`)
    return 0
  }
  const command = findCommand(
    buildProgram(shell, COMMANDS, async () => {}),
    rest,
  )
  if (command === null) {
    const [name = ""] = rest
    if (isUnbuilt(name)) refuseUnbuilt(shell, name)
    throw new RegattaError("usage", `there is no help on "${rest.join(" ")}"`, {
      hint: `${call.command("--help")} lists the commands; the only other topic is exit-codes`,
    })
  }
  command.outputHelp()
  return 0
}

function codes(title: string, rows: readonly (readonly [string, string])[]): string {
  return [`${title}:`, ...rows.map(([code, meaning]) => `  ${code.padEnd(9)} ${meaning}`)].join("\n")
}
