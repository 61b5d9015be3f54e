// What a command of the command line is, and what it is given when it runs.
// Declarations are plain data without the command's code, so that help and completion read no command.
import { RegattaError } from "../core/errors.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { Shell } from "../ports/world.ts"
import type { Session, SessionRequest } from "./session.ts"

export interface ArgumentSpec {
  /** In capitals, as help shows it. */
  readonly name: string
  readonly summary: string
  readonly isRequired: boolean
  readonly isVariadic?: boolean
  /** What completion offers in place of files. */
  readonly offers?: { readonly words: readonly string[]; readonly commands: boolean }
}

export interface OptionSpec {
  /** As commander reads it: `-o, --output <format>`. */
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
  /** May be given more than once; all its values count. */
  readonly isRepeatable?: boolean
  /** Known by name and refused: what is missing. */
  readonly unbuilt?: string
}

export interface CommandSpec {
  readonly name: string
  readonly group: string
  readonly summary: string
  readonly arguments: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  readonly commands?: readonly CommandSpec[]
  /** Examples without the name by which the program was called. */
  readonly examples?: readonly string[]
  /** Handles Ctrl-C itself; others are left at once. */
  readonly ownsInterrupt?: boolean
  readonly load?: () => Promise<CommandRun>
}

/** Runs a command; the exit code. */
export type CommandRun = (call: Call) => Promise<number>

export interface Call {
  readonly shell: Shell
  /** By position; a missing optional argument is null, a variadic one is in `rest`. */
  readonly arguments: readonly (string | null)[]
  readonly rest: readonly string[]
  readonly options: Options
  /** The user's files, which need no configuration. */
  files(): FileSystem
  /** Configuration and ports, read and made anew for each call; all are closed when the command ends. */
  session(request?: SessionRequest): Promise<Session>
  /** A command to type next, called as this one was. */
  command(text: string): string
}

/** Values of the options as given; asking for an option that the command does not declare is a fault. */
export interface Options {
  /** Whether the command declares the option at all. */
  has(name: string): boolean
  isGiven(name: string): boolean
  flag(name: string): boolean
  text(name: string): string | null
  texts(name: string): readonly string[]
}

/** @param values by option name without dashes; `--no-refresh` is `refresh`. */
export function optionsOf(values: ReadonlyMap<string, unknown>, declared: ReadonlySet<string>): Options {
  function value(name: string): unknown {
    if (!declared.has(name)) throw new RegattaError("fault", `option --${name} is not declared for this command`)
    return values.get(name)
  }
  return {
    has: (name) => declared.has(name),
    isGiven: (name) => value(name) !== undefined,
    flag: (name) => value(name) === true,
    text(name) {
      const given = value(name)
      return typeof given === "string" ? given : null
    },
    texts(name) {
      const given = value(name)
      return Array.isArray(given) ? given.map(String) : []
    },
  }
}

/** A required argument; commander has seen to it that it is there. */
export function requiredArgument(call: Call, at: number): string {
  const text = call.arguments[at]
  if (text === null || text === undefined) throw new RegattaError("usage", `argument ${at + 1} is missing`)
  return text
}
