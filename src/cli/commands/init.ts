import { initProject, planProject } from "../../app/init-project.ts"
import { resolvePath } from "../../core/paths.ts"
import type { Call } from "../command.ts"
import { parseFormat, print } from "../output/print.ts"

/** Writes a project that works as it is; overwrites nothing. */
export async function init(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const typed = call.arguments[0] ?? null
  const folder = resolvePath(shell.cwd, typed ?? ".")
  const files = call.files()
  const isDryRun = options.flag("dry-run")
  const paths = isDryRun ? await planProject(files, folder) : await initProject(files, folder)
  print(shell, format, {
    document: { version: 1, folder, files: paths },
    rows: paths,
    line: (path) => ({ path }),
    record: (path) => ({ path }),
    name: (path) => path,
    columns: [],
    tableRows: [],
    above: paths,
    empty: "",
  })
  if (isDryRun) shell.err("dry run: nothing was written\n")
  else {
    const enter = typed === null ? "" : `  cd ${typed}\n`
    shell.err(`next\n${enter}  ${call.command("plan manifest.csv")}\n  ${call.command("submit manifest.csv --wait")}\n`)
  }
  return 0
}
