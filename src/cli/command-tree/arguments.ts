import type { ArgumentSpec, OptionSpec } from "../command.ts"

export const RUN_ARGUMENT = argument("RUN", "id, unique prefix of an id, name, or @last")
export const WAIT: OptionSpec = {
  flags: "--wait",
  summary: "wait for the end; exit 0 when every row completed, else 3",
}

export function argument(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: true }
}

export function optional(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: false }
}
