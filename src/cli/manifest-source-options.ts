import type { OptionSpec } from "./command.ts"

/** What submits rows that are filled in only then. */
export const FILLED: readonly OptionSpec[] = [
  {
    flags: "--sweep <space>",
    summary: "in place of a manifest: the rows of this search space, drawn when it is submitted",
  },
  {
    flags: "--seed <seed>",
    summary: "with --sweep: seed of all chance, in place of the file's; or {scheduled.seconds}",
  },
  {
    flags: "--catalog <query>",
    summary: "in place of a manifest: the rows of this SQL query, run when it is submitted",
  },
  {
    flags: "--param <name=value>",
    summary: "with --catalog: value of :name in the query, e.g. day={scheduled.date} (repeatable)",
    isRepeatable: true,
  },
]
