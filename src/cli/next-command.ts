// Commands to type next, in the words of the caller: as this one was called, and finding what this one worked on.
// It says nothing by itself and knows no command's work.
import { COMMANDS } from "./command-tree/command-tree.ts"

export interface CommandForm {
  /** `regatta`, `npx regatta` or `npm run -s regatta --`. */
  readonly calledAs: string
  /** ` --config <file>` and the like, where the next command would not find the run without; mostly empty. */
  readonly flags: string
}

const ABOUT_RUNS = new Set(COMMANDS.filter(({ arguments: [first] }) => first?.name === "RUN").map(({ name }) => name))
  .add("list")
  .add("endpoint")

/** @param text the command without the program's name. */
export function nextCommand({ calledAs, flags }: CommandForm, text: string): string {
  const [name = ""] = text.split(" ")
  return `${calledAs} ${text}${ABOUT_RUNS.has(name) || / --(?:resume|run) /.test(text) ? flags : ""}`
}

/** Hints of other rooms name commands as `regatta …`; one between backticks is whole. */
export function inWordsOf(form: CommandForm, hint: string): string {
  return hint.replaceAll(/`regatta ([a-z-][^`]*)`|(?<=^|[\s(])regatta (?=[a-z-])/g, (_, whole: string | undefined) =>
    whole === undefined ? `${form.calledAs} ` : `\`${nextCommand(form, whole)}\``,
  )
}
