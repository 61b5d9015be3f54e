import type { Timing } from "../../../core/decision/policy.ts"
import type { Instant } from "../../../core/ids.ts"
import type { World } from "../../../ports/world.ts"
import { awsFault } from "../../aws/aws-error.ts"

export interface PatientPorts {
  readonly region: string
  readonly world: Pick<World, "clock" | "random">
  readonly timing: Pick<Timing, "backOff">
  /** Told at each wait what for. */
  readonly onWait: (text: string) => void
}

/** Sends a request that may be sent twice, again and again while Batch throttles it or gives no answer. Throws the last error as it came. */
export type Repeat = <T>(call: () => Promise<T>) => Promise<T>

/** Tried at least so often, however long each try takes. */
const LEAST_TRIES = 10

/**
 * For requests of a submission, made by clients that try once: the SDK gives up by the number of its tries, and an account that
 * others use as well may be throttled for minutes. Repeats until the moment, and at least ten times.
 */
export function repeatWhileThrottled(ports: PatientPorts, until: Instant): Repeat {
  const { clock } = ports.world
  return async (call) => {
    for (let tried = 0; ; tried += 1) {
      try {
        return await call()
      } catch (error) {
        const fault = awsFault(error)
        if (fault !== "throttled" && fault !== "unanswered") throw error
        const wait = throttledWait(ports, tried)
        if (tried + 1 >= LEAST_TRIES && clock.now() + wait >= until) throw error
        ports.onWait(waitText(ports.region, fault))
        await clock.sleep(clock.now() + wait)
      }
    }
  }
}

/** From half a second, doubled up to a third of a minute (of AWS's time), each between half and one and a half of it. */
export function throttledWait({ timing, world }: Pick<PatientPorts, "timing" | "world">, tried: number): number {
  const most = timing.backOff / 3
  return Math.min((timing.backOff / 120) * 2 ** tried, most) * (0.5 + world.random())
}

export function waitText(region: string, fault: "throttled" | "unanswered"): string {
  return `AWS Batch in ${region} ${fault === "throttled" ? "throttles requests" : "does not answer"}: waiting, and trying again`
}
