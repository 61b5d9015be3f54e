import { planRun } from "../../app/plan-run.ts"
import { eventQueue } from "../../core/config/event-queue.ts"
import { RegattaError } from "../../core/errors.ts"
import { buildEventRules } from "../../core/policy/build-event-rules.ts"
import { type Call, requiredArgument } from "../command.ts"
import { withProgress } from "../output/progress.ts"
import { placedRequest } from "../placing-ports.ts"
import { planRequest } from "../plan-request.ts"
import { unplannable } from "../say-problems.ts"

/** Prints what forwards changes of a manifest's training jobs to `events.queue`: one document, in every format. Asks nobody, unless rows may move. */
export async function policyEvents(call: Call): Promise<number> {
  const { shell } = call
  const request = planRequest(call, requiredArgument(call, 0), null)
  const session = await call.session({ manifest: request.manifest })
  const { config, files } = session
  if (config.on !== "aws")
    throw new RegattaError("unsupported", `events come from AWS, and this manifest runs on ${config.on}`, {
      hint: "give --on aws, or set on: aws in regatta.yaml",
    })
  const queue = eventQueue(config.eventQueue ?? "")
  if (queue === null)
    throw new RegattaError(
      "usage",
      "events.queue is not set in regatta.yaml: the queue to which events are forwarded",
      {
        hint: "for example events: {queue: arn:aws:sqs:us-east-1:123456789012:regatta-events}",
      },
    )
  const regions = new Set<string>()
  const planning = { files, world: shell, service: await session.ports().preview() }
  const planned = await withProgress(shell, "reading rows", async () =>
    planRun(planning, config, await placedRequest(call, session, request), async (spec) => {
      for (const { region } of spec.places) regions.add(region)
    }),
  )
  if (planned.plan === null) throw unplannable(request.manifest, planned)
  const document = { version: 1, ...buildEventRules(queue, config.prefix, [...regions].toSorted()) }
  shell.out(`${JSON.stringify(document, null, 2)}\n`)
  return 0
}
