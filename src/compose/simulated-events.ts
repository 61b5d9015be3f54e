import type { SQSClient } from "@aws-sdk/client-sqs"
import { eventQueue } from "../core/config/event-queue.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { World } from "../ports/world.ts"
import { once } from "./kept.ts"

type EventsOf = (config: Composed, world: World, client: (region: string) => SQSClient) => Pick<Ports, "events">

/** The adapter of aws over modelled clients; read beforehand, as all adapters of a simulation are. */
export async function simulatedEvents(): Promise<EventsOf> {
  const { SqsJobEvents } = await import("../adapters/job-events/sqs/sqs-job-events.ts")
  return ({ eventQueue: given = "", prefix = "rg" }, world, client) => {
    const queue = eventQueue(given)
    if (queue === null) return {}
    return { events: once(() => new SqsJobEvents({ client: client(queue.region), queue, prefix, world })) }
  }
}
