import type { ArgumentSpec, OptionSpec } from "../command.ts"

export const RUN_ARGUMENT = argument("RUN", "id, unique prefix of an id, name, or @last")
export const WAIT: OptionSpec = {
  flags: "--wait",
  summary: "wait for the end; exit 0 when every row completed, else 3",
}

export const BEST: OptionSpec = {
  flags: "--best <metric>",
  summary: "the row that is best by this metric, e.g. accuracy, loss:min",
}
export const SERVING_IMAGE: OptionSpec = {
  flags: "--image <uri>",
  summary: "image that serves (default: the one that trained, where it serves too)",
}

export function argument(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: true }
}

export function optional(name: string, summary: string): ArgumentSpec {
  return { name, summary, isRequired: false }
}
