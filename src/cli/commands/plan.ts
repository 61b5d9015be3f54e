import { withPlaced } from "../../app/place-rows.ts"
import { planRun } from "../../app/plan-run.ts"
import { CodeSources } from "../../app/saved-code.ts"
import { savePlan } from "../../app/saved-plan.ts"
import { resolvePath } from "../../core/paths.ts"
import { planningPorts } from "../account-access.ts"
import { type Call, requiredArgument } from "../command.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { planRequest } from "../plan-request.ts"
import { sayWarnings, unplannable } from "../say-problems.ts"
import { refuseSteps, sayEndpointSteps } from "../step-ports.ts"
import { planView } from "../views/plan-view.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"

/** `plan --detailed-exitcode`: there is work to do. */
const WORK_TO_DO = 10

/** Checks every row of a manifest and shows what a submission would do; launches nothing. */
export async function plan(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const typed = planRequest(call, requiredArgument(call, 0), null)
  const session = await call.session({ manifest: typed.manifest })
  refuseSteps(session)
  sayEndpointSteps(shell, session.config)
  const request = await withEarlierRuntime(call, session, typed)
  const save = options.text("save")
  const code = new CodeSources()
  const ports = { files: session.files, world: shell }
  const planned = await withProgress(shell, "checking rows", async (progress) => {
    let rows = 0
    const asking = await planningPorts(
      call,
      session,
      (answered, asked) => progress.say(`${answered} of ${formatCount(asked, "question")} to AWS answered`),
      (objects) => progress.say(`${formatCount(objects, "object")} of data listed`),
    )
    const all = { ...ports, ...asking }
    return planRun(all, session.config, await withPlaced(all, session.config, request), async (_, source) => {
      rows += 1
      if (save !== null) code.add(source)
      progress.update(rows, null)
    })
  })
  if (planned.plan === null) throw unplannable(request.manifest, planned)
  sayWarnings(shell, planned)
  if (save !== null) {
    const path = resolvePath(shell.cwd, save)
    await savePlan(session.files, path, planned.plan, await code.measure(ports), request, session.config.file)
    shell.err(`saved; ${call.command(`submit ${save}`)} obeys it\n`)
  }
  print(shell, format, planView(planned.plan))
  return options.flag("detailed-exitcode") ? WORK_TO_DO : 0
}
