/** Built-in algorithms for which a program of ours stands in on local. */
export const STAND_INS = ["xgboost", "linear-learner"] as const

export type StandInName = (typeof STAND_INS)[number]

/** First words of a command under `local.algorithms` that means this program itself, wherever it lies; a name follows. */
export const STAND_IN_COMMAND: readonly [string, string] = ["regatta", "local-algorithm"]

/** `local.algorithms` where regatta.yaml says nothing. */
export const STAND_IN_COMMANDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  STAND_INS.map((name) => [name, [...STAND_IN_COMMAND, name]]),
)

export function isStandInCommand(command: readonly string[]): boolean {
  return STAND_IN_COMMAND.every((word, at) => command[at] === word)
}

/** First words of the command that serves what a stand-in trained; its name follows. */
export const STAND_IN_SERVER: readonly [string, string] = ["regatta", "local-algorithm-server"]

/** Whether the command is this program itself, as a trainer or as a server. */
export function isOwnCommand(command: readonly string[]): boolean {
  return isStandInCommand(command) || STAND_IN_SERVER.every((word, at) => command[at] === word)
}
