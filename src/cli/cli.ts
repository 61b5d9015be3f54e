// The command line: finds the command that was named, runs it, and turns what came of it into an exit code.
// It knows no command's work; each is a file of `commands/`, read only when it is called.
import { CommanderError } from "commander"
import { ERROR_CODES, isRegattaError, RegattaError } from "../core/errors.ts"
import type { Compose } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import type { Call, OptionSpec } from "./command.ts"
import { optionsOf } from "./command.ts"
import { COMMANDS } from "./command-tree/command-tree.ts"
import { exitCodeOfSignal, interrupted, signalName } from "./interrupt.ts"
import { type CommandForm, nextCommand } from "./next-command.ts"
import type { ParsedCommand } from "./program.ts"
import { buildProgram, optionName } from "./program.ts"
import { reportError } from "./report-error.ts"
import type { Session } from "./session.ts"
import { isUnbuilt, refuseUnbuilt } from "./unbuilt-commands.ts"

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The user's files are reached before there is a configuration. */
const NO_CONFIG = { on: "local", table: "memory:", stateFolder: "" } as const

/** Runs `shell.argv`; the exit code (core/errors.ts and product.md's "Exit codes"). Never throws. */
export async function runCli(shell: Shell, compose: Compose): Promise<number> {
  let code = 0
  const form = { calledAs: shell.calledAs, flags: "" }
  const program = buildProgram(shell, COMMANDS, async (parsed) => {
    code = await runCommand(shell, compose, parsed, form)
  })
  try {
    const [name] = shell.argv
    if (name === undefined) {
      program.outputHelp()
      return 0
    }
    if (isUnbuilt(name)) refuseUnbuilt(shell, name)
    await program.parseAsync([...shell.argv], { from: "user" })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(shell, error)
    const exit = reportError(shell, error, form)
    // What was given up because of a signal is told as such, and ends as a signal does.
    return shell.terminated.aborted && exit === ERROR_CODES.refused.command ? exitCodeOfSignal(signalName(shell)) : exit
  }
}

/** @param form is told which flags the next command needs. */
async function runCommand(
  shell: Shell,
  compose: Compose,
  parsed: ParsedCommand,
  form: Writable<CommandForm>,
): Promise<number> {
  refuseUnbuiltOptions(parsed)
  if (parsed.spec.load === undefined) throw new RegattaError("fault", `${parsed.path.join(" ")} has no code`)
  const run = await parsed.spec.load()
  const sessions: Session[] = []
  const call = callOf(shell, compose, parsed, form, sessions)
  try {
    if (parsed.spec.ownsInterrupt === true) return await run(call)
    return await Promise.race([run(call), interrupted(shell).then(exitCodeOfSignal)])
  } catch (error) {
    printProblems(call, error)
    throw error
  } finally {
    for (const session of sessions) await session.close()
  }
}

function callOf(
  shell: Shell,
  compose: Compose,
  parsed: ParsedCommand,
  form: Writable<CommandForm>,
  sessions: Session[],
): Call {
  const declared = new Set(parsed.spec.options.map((option) => optionName(option.flags)))
  const options = optionsOf(parsed.values, declared)
  const files = () => compose(NO_CONFIG, shell).files
  return {
    shell,
    arguments: parsed.positional.map((value) => (typeof value === "string" ? value : null)),
    rest: parsed.positional.flatMap((value) => (Array.isArray(value) ? value : [])),
    options,
    files,
    async session(request = {}) {
      const { openSession } = await import("./open-session.ts")
      const session = await openSession(shell, compose, files(), options, request)
      sessions.push(session)
      form.flags = session.flags
      return session
    },
    command: (text) => nextCommand(form, text),
  }
}

/** Who asked for JSON gets what is wrong with the files as data; on stderr it stands in any case. */
function printProblems({ shell, options }: Call, error: unknown): void {
  if (!isRegattaError(error) || error.problems.length === 0) return
  if (!options.has("output") || options.text("output") !== "json") return
  shell.out(`${JSON.stringify({ version: 1, problems: error.problems }, null, 2)}\n`)
}

function refuseUnbuiltOptions(parsed: ParsedCommand): void {
  const given = (option: OptionSpec) => option.unbuilt !== undefined && parsed.values.has(optionName(option.flags))
  for (const option of parsed.spec.options.filter(given)) {
    throw new RegattaError(
      "unsupported",
      `${parsed.path.join(" ")} --${optionName(option.flags)} is not built yet: ${option.unbuilt}`,
    )
  }
}

/** Commander has written its own message; help that was asked for is no error. */
function usageExit(shell: Shell, error: CommanderError): number {
  if (error.exitCode === 0) return 0
  const named = shell.argv.find((argument) => !argument.startsWith("-"))
  const command = COMMANDS.some((spec) => spec.name === named) ? `${named} --help` : "--help"
  shell.err(`try: ${shell.calledAs} ${command}\n`)
  return ERROR_CODES.usage.command
}
