import { clientOptions } from "../adapters/aws/client-options.ts"
import { eventQueue } from "../core/config/event-queue.ts"
import { RegattaError } from "../core/errors.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { kept } from "./kept.ts"

/** The queue of events, where one is configured; its client is read at the first use. */
export function awsEvents(
  { eventQueue: given, prefix = "rg" }: Composed,
  world: Shell,
  clients: { destroy(): void }[],
): Pick<Ports, "events"> {
  if (given === undefined) return {}
  const open = kept(async () => {
    const queue = eventQueue(given)
    if (queue === null) throw new RegattaError("usage", `events.queue is no queue of SQS: "${given}"`)
    const { SQSClient } = await import("@aws-sdk/client-sqs")
    const { SqsJobEvents } = await import("../adapters/job-events/sqs/sqs-job-events.ts")
    // By default the SDK sends to the host of the queue's URL, whatever AWS_ENDPOINT_URL says.
    const client = new SQSClient({ ...clientOptions(queue.region), useQueueUrlAsEndpoint: false })
    clients.push(client)
    return new SqsJobEvents({ client, queue, prefix, world })
  })
  return { events: open.get }
}
