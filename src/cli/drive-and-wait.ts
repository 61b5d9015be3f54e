// Drives the search of a run while the caller looks on; leaving it is always safe.
import { driveSearch } from "../app/drive-search.ts"
import type { RunRecord } from "../core/run/run.ts"
import { isSearching } from "../core/run/run-status.ts"
import { SEARCH_RULES } from "../core/run/search-rules.ts"
import { planningPorts } from "./account-access.ts"
import type { Call } from "./command.ts"
import { durationOption } from "./options.ts"
import { type Format, print } from "./output/print.ts"
import { sayFailures } from "./say-failures.ts"
import { seeFollowed } from "./see-followed.ts"
import type { RunPorts, Session } from "./session.ts"
import { statusView } from "./views/status-view.ts"
import { waitForRun } from "./wait-for-run.ts"
import { createWatchScreen, stderrOf } from "./watch-screen.ts"

/** Until the search is over and its rows have ended, the time is over, or the caller leaves. Exit codes of `submit --wait`. */
export async function driveAndWait(
  call: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  format: Format,
): Promise<number> {
  const { shell } = call
  if (isSearching(run)) {
    const does = run.parts.length === 0 ? "begins" : "goes on"
    shell.err(`${run.run}: the search ${does}; Ctrl-C leaves what trains running\n`)
  }
  const asking = await planningPorts(call, session)
  const leaving = new AbortController()
  const failed = new AbortController()
  let fault: { readonly error: unknown } | null = null
  const beforeArrays = async (of: RunRecord) => {
    const said = await seeFollowed(call, ports, of)
    if (said !== null) shell.err(said)
  }
  const options = { rules: SEARCH_RULES, me: session.me, by: ports.owner, hooks: { beforeArrays } }
  const stop = AbortSignal.any([leaving.signal, shell.terminated])
  const driving = driveSearch({ ...ports, ...asking }, session.config, run.run, options, stop).catch(
    (error: unknown) => {
      fault = { error }
      failed.abort()
    },
  )
  const screen = createWatchScreen(shell, stderrOf(shell))
  const timeout = durationOption(call.options, "timeout")
  const waited = await waitForRun(call, session, ports, run, screen, timeout, () => {}, failed.signal).finally(() =>
    leaving.abort(),
  )
  await driving
  if (fault !== null) throw (fault as { readonly error: unknown }).error
  if (format === "name") shell.out(`${run.run}\n`)
  else if (waited.document !== null && (waited.hasEnded || format !== "table")) {
    print(shell, format, statusView(shell, waited.document, shell.clock.now()))
    if (format === "table") {
      sayFailures(call, waited.document)
      shell.err(`leaderboard: ${call.command(`results ${run.run}`)}\n`)
    }
  }
  return waited.code
}
