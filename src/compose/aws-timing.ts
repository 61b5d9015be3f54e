import { AWS_TIMING, scaledTiming, type Timing } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { Shell } from "../ports/world.ts"

/** An emulator's time may run faster than AWS's; AWS's own must not be hurried: the waits are what keeps launches single. */
export function awsTiming(env: Shell["env"]): Timing {
  const given = env["REGATTA_TIME_SCALE"] ?? ""
  if (given === "") return AWS_TIMING
  const factor = Number(given)
  if (!(factor > 0 && factor <= 1))
    throw new RegattaError("usage", `REGATTA_TIME_SCALE: expected a number above 0 and at most 1, got "${given}"`)
  if (!isLoopback(env["AWS_ENDPOINT_URL"] ?? ""))
    throw new RegattaError(
      "usage",
      "REGATTA_TIME_SCALE is for an emulator on this machine: AWS_ENDPOINT_URL is not one",
    )
  return scaledTiming(AWS_TIMING, factor)
}

function isLoopback(url: string): boolean {
  return /^https?:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(url)
}
