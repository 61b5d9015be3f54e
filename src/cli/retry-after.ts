import { retrySteps } from "../app/order-steps.ts"
import { readStatus } from "../app/read-status.ts"
import { RegattaError } from "../core/errors.ts"
import type { OpenAction } from "./open-action.ts"
import { formatCount } from "./output/format.ts"
import { print } from "./output/print.ts"
import { confirm } from "./prompt.ts"
import { seeFollowed } from "./see-followed.ts"
import { requireSteps } from "./step-ports.ts"
import { waitForRun } from "./wait-for-run.ts"
import { createWatchScreen, stderrOf } from "./watch-screen.ts"

/** `retry RUN --after`: failed and stopped steps after the run are tried anew; its rows are left as they are. */
export async function retryAfter(action: OpenAction): Promise<number> {
  const { call, session, ports, run, timeout } = action
  const { shell, options } = call
  if (["rows", "failed", "region", "reason"].some((name) => options.isGiven(name)))
    throw new RegattaError("usage", "--after means the steps after the whole run: it goes with no choice of rows")
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
  const steps = (document.after ?? []).filter(({ status }) => status === "failed" || status === "stopped")
  const what = `${formatCount(steps.length, "step")} after ${run.run}`
  if (steps.length === 0) return say(action, 0, "nothing to retry: no step after the run failed or was stopped")
  if (options.flag("dry-run")) return say(action, steps.length, `would retry ${what}`)
  requireSteps(session, run)
  await confirm(call, `Retry ${what}?`)
  const ordered = await retrySteps(ports, run.run)
  const followed = await seeFollowed(call, ports, ordered)
  if (followed !== null) shell.err(followed)
  if (!options.flag("wait")) return say(action, steps.length, `retrying ${what}`)
  const waited = await waitForRun(call, session, ports, ordered, createWatchScreen(shell, stderrOf(shell)), timeout)
  say(action, steps.length, `retried ${what}`)
  return waited.code
}

function say({ call, format, run }: OpenAction, steps: number, text: string): number {
  const document = { version: 1, run: run.run, action: "retry", dryRun: call.options.flag("dry-run"), steps }
  print(call.shell, format, {
    document,
    rows: [document],
    record: ({ run: id, action, steps: count }) => ({ run: id, action, steps: count }),
    name: ({ run: id }) => id,
    columns: [],
    tableRows: [],
    above: [text],
    empty: "",
  })
  return 0
}
