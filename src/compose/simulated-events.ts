import type { SQSClient } from "@aws-sdk/client-sqs"
import { eventQueue } from "../core/config/event-queue.ts"
import type { World as RehearsedWorld } from "../core/config/world-file.ts"
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

/** A rehearsal of who is told of changes: they come to the queue that is configured, as often and late as the world says. */
export function withEvents(world: RehearsedWorld, { eventQueue: given = "" }: Composed): RehearsedWorld {
  const queue = eventQueue(given)
  return queue === null ? world : { ...world, events: { ...world.events, queue: queue.name, region: queue.region } }
}
