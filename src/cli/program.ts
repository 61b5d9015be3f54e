// The command tree as commander's commands: parsing, help and the nearest name of a mistyped one.
// It runs nothing itself; `act` is called with the command that was named.
import { Argument, Command, Option } from "commander"
import { VERSION } from "../core/version.ts"
import type { Shell } from "../ports/world.ts"
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command.ts"

export interface ParsedCommand {
  readonly spec: CommandSpec
  /** Names from the program down, e.g. `["config", "show"]`. */
  readonly path: readonly string[]
  readonly positional: readonly (string | readonly string[] | undefined)[]
  /** By option name without dashes; only what was given. */
  readonly values: ReadonlyMap<string, unknown>
}

export function buildProgram(
  shell: Shell,
  tree: readonly CommandSpec[],
  act: (parsed: ParsedCommand) => Promise<void>,
): Command {
  const program = new Command(shell.calledAs)
    .description(
      "One training job per row of a manifest, in the AWS region where the row's data lives, and one truthful table of what became of every row.",
    )
    .usage("<command> [options]")
    .helpCommand(false)
    .version(`regatta ${VERSION}`, "--version", "show the version")
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => subcommandTerm(command) })
    .configureOutput({
      writeOut: (text) => shell.out(text),
      writeErr: (text) => shell.err(text),
      outputError: (text, write) => write(text),
      getOutHelpWidth: () => shell.columns,
      getErrHelpWidth: () => shell.columns,
      getOutHasColors: () => shell.color,
      getErrHasColors: () => shell.color,
    })
    .addHelpText("after", `\nStart with \`${shell.calledAs} demo\`. Exit codes: \`${shell.calledAs} help exit-codes\`.`)
  for (const spec of tree) program.addCommand(build(shell, program, spec, [spec.name], act))
  return program
}

/** Without `[options]`: nearly every command has some. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(" ")
}

/** The command at the end of the path, or null. */
export function findCommand(program: Command, path: readonly string[]): Command | null {
  let command: Command = program
  for (const name of path) {
    const next = command.commands.find((candidate) => candidate.name() === name)
    if (next === undefined) return null
    command = next
  }
  return command
}

function build(
  shell: Shell,
  parent: Command,
  spec: CommandSpec,
  path: readonly string[],
  act: (parsed: ParsedCommand) => Promise<void>,
): Command {
  const command = new Command(spec.name).copyInheritedSettings(parent).summary(spec.summary).helpGroup(spec.group)
  command.description(spec.summary).helpCommand(false)
  for (const argument of spec.arguments) command.addArgument(commanderArgument(argument))
  for (const option of spec.options) command.addOption(commanderOption(option))
  for (const child of spec.commands ?? []) command.addCommand(build(shell, command, child, [...path, child.name], act))
  if (spec.examples !== undefined) {
    const lines = spec.examples.map((example) => `  ${shell.calledAs} ${example}`)
    command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`)
  }
  if (spec.load !== undefined) {
    command
      .allowExcessArguments(false)
      .action((...given: unknown[]) =>
        act({ spec, path, positional: positional(spec, given), values: valuesOf(command) }),
      )
  }
  return command
}

function commanderArgument(spec: ArgumentSpec): Argument {
  const name = spec.isVariadic === true ? `${spec.name}...` : spec.name
  return new Argument(spec.isRequired ? `<${name}>` : `[${name}]`, spec.summary)
}

function commanderOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary)
  if (spec.choices !== undefined) option.choices(spec.choices)
  if (spec.isRepeatable === true) option.argParser((value: string, before: unknown) => [...asList(before), value])
  if (spec.unbuilt !== undefined) option.hideHelp()
  return option
}

/** Name of an option without dashes: `-o, --output <format>` is `output`, `--no-refresh` is `no-refresh`. */
export function optionName(flags: string): string {
  return /--([a-z][a-z-]*)/.exec(flags)?.[1] ?? flags
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function positional(spec: CommandSpec, given: readonly unknown[]): ParsedCommand["positional"] {
  return spec.arguments.map((_, at) => {
    const value = given[at]
    return Array.isArray(value) ? value.map(String) : typeof value === "string" ? value : undefined
  })
}

function valuesOf(command: Command): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  for (const option of command.options) {
    const key = option.attributeName()
    const value: unknown = command.getOptionValue(key)
    if (command.getOptionValueSource(key) !== "cli" || (value === false) !== option.negate) continue
    values.set(optionName(option.flags), option.negate ? true : value)
  }
  return values
}
