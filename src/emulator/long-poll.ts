import { setTimeout as delay } from "node:timers/promises"
import type { ServiceAnswer } from "../simulation/service-model.ts"
import type { Asked } from "./exchange.ts"
import type { ModelClock } from "./model-clock.ts"

/** Between two looks at a queue that has nothing, in real time. */
const EVERY_MS = 20

/** A ReceiveMessage that finds nothing is answered when something comes, or once its wait of model time has passed. */
export async function holdOpen(
  { operation, input }: Asked,
  clock: ModelClock,
  ask: () => ServiceAnswer | null,
): Promise<ServiceAnswer | null> {
  const seconds = operation === "ReceiveMessage" ? Number(input["WaitTimeSeconds"] ?? 0) : 0
  const until = clock.now() + seconds * 1000
  for (;;) {
    const answer = ask()
    const isEmpty = answer?.ok === true && answer.output["Messages"] === undefined
    if (seconds <= 0 || !isEmpty || clock.now() >= until) return answer
    await delay(Math.min(EVERY_MS, clock.realMsUntil(until)), undefined, { ref: false })
  }
}
