// What goes wrong in a rehearsal that is asked for a bad week: less than the tests of our own endure, and enough to be felt.
import type { Instant } from "../core/ids.ts"
import type { Chance } from "./chance.ts"
import { fraction } from "./fraction.ts"
import { type NetworkOdds, NO_NETWORK_FAULTS } from "./network-odds.ts"
import type { OtherUsers } from "./sagemaker/sagemaker-model.ts"
import type { TrainingCourse } from "./sagemaker/training-world.ts"
import { type Fate, UNHARMED } from "./simulated-process.ts"
import type { ProcessFaults } from "./simulated-site.ts"

const MINUTE = 60_000

export const REHEARSED_ODDS: NetworkOdds = {
  ...NO_NETWORK_FAULTS,
  lost: 0.002,
  answerLost: 0.002,
  serverError: 0.002,
  notYet: 0.05,
}

/** Likelihood that no machine is to be had in a place for ten minutes. */
const NO_CAPACITY = 0.05
/** Likelihood that a worker is killed within its first fifty calls. */
const KILLED = 0.02
/** Likelihood that a Spot job is interrupted, once. */
const INTERRUPTED = 0.2

export function unharmed(): ProcessFaults {
  return { fate: UNHARMED, skewMs: 0, slowness: 0.02, stallOf: () => 0 }
}

export function rehearsedFaults(kind: string, chance: Chance): ProcessFaults {
  const isKilled = kind === "worker" && chance.isLess(KILLED)
  const fate: Fate = isKilled
    ? { ...UNHARMED, killedAtCall: 1 + chance.below(50), isBefore: chance.isLess(0.5) }
    : UNHARMED
  return { ...unharmed(), fate }
}

/** Nobody else in the account uses its quotas: they are the run's own. Machines are scarce for everybody. */
export function scarceMachines(seed: number): OtherUsers {
  return {
    used: () => 0,
    hasCapacity: (region: string, type: string, isSpot: boolean, now: Instant) =>
      fraction(`${seed} machines ${region} ${type} ${isSpot} ${Math.floor(now / (10 * MINUTE))}`) >= NO_CAPACITY,
  }
}

export const PLENTY: OtherUsers = { used: () => 0, hasCapacity: () => true }

/** A Spot job may lose its machines in the midst of its training. */
export function interrupted(course: TrainingCourse, seconds: number, chance: Chance): TrainingCourse {
  const isInterrupted = chance.isLess(INTERRUPTED)
  const at = seconds * chance.next()
  return isInterrupted ? { ...course, interruptions: [at] } : course
}
