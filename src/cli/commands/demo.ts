import { readResults } from "../../app/read-results.ts"
import { readStatus } from "../../app/read-status.ts"
import { planSubmission, submitRun } from "../../app/submit-run.ts"
import { resolvePath } from "../../core/paths.ts"
import type { Plan } from "../../core/run/plan.ts"
import type { StatusDocument } from "../../core/run/status-document.ts"
import type { Call } from "../command.ts"
import { type Format, parseFormat, print } from "../output/print.ts"
import type { RunPorts, Session } from "../session.ts"
import { planView } from "../views/plan-view.ts"
import { resultsView } from "../views/results-view.ts"
import { statusView } from "../views/status-view.ts"
import { waitForRun } from "../wait-for-run.ts"
import { createWatchScreen, stderrOf } from "../watch-screen.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"

/** Folder of the package's examples that the demo runs. */
const EXAMPLE = "manifests/01-demo-languages"

/** The whole story on this machine, from the plan to the leaderboard; 0 only when every row completed. */
export async function demo(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const manifest = resolvePath(shell.packageFolder, `${EXAMPLE}/manifest.csv`)
  // The runs of the demo lie where the caller's own commands look for runs, never in the package.
  const { config } = await call.session()
  const session = await call.session({ manifest, stateFolder: config.stateFolder, on: "local" })
  const request = await withEarlierRuntime(call, session, {
    manifest,
    columns: null,
    allowPlainEnv: [],
    name: "demo",
    row: null,
    createdBy: shell.user,
    me: session.me,
    maxCostUsd: null,
    allowUnknownPrice: true,
    saved: null,
  })
  if (options.flag("dry-run")) {
    const { plan } = await planSubmission({ files: session.files, world: shell }, session.config, request)
    print(shell, format, planView(plan))
    return 0
  }
  const ports = await session.open()
  const onPlan = async (_: unknown, plan: Plan) => {
    if (format === "table") print(shell, format, planView(plan))
  }
  const { run } = await submitRun(ports, session.config, request, { onPlan }, shell.terminated)
  shell.err(`\n${run.run}: training on this machine; Ctrl-C leaves it running\n\n`)
  const screen = createWatchScreen(shell, stderrOf(shell))
  const waited = await waitForRun(call, session, ports, run, screen, null)
  if (waited.document === null || !waited.hasEnded) return waited.code
  await showEnd(call, ports, waited.document, format, session)
  return waited.code
}

async function showEnd(
  call: Call,
  ports: RunPorts,
  document: StatusDocument,
  format: Format,
  session: Session,
): Promise<void> {
  const { shell } = call
  const now = shell.clock.now()
  if (format !== "table") {
    print(shell, format, statusView(shell, document, now))
    return
  }
  const run = await ports.table.readRun(document.run.id as Parameters<typeof ports.table.readRun>[0])
  if (run === null) return
  shell.out("\n")
  const report = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
  const board = await readResults(ports.objects, run, report, { rankings: [], against: null, now })
  print(shell, format, resultsView(board, document))
  const { id } = document.run
  shell.err(
    `\nlook around:\n  ${call.command(`status ${id}`)}\n  ${call.command(`logs ${id} 0`)}\n  ${call.command(`download ${id} --best accuracy`)}\nits state lies in ${session.config.stateFolder}\n`,
  )
}
