import type { Timing } from "../core/decision/policy.ts"
import type { StageSettings } from "../ports/simulator.ts"
import { seedOf } from "./account/seed-of.ts"
import { Chance } from "./chance.ts"
import { NO_NETWORK_FAULTS } from "./network-odds.ts"
import { interrupted, PLENTY, REHEARSED_ODDS, rehearsedFaults, scarceMachines, unharmed } from "./rehearsal-faults.ts"
import type { TrainingRequest } from "./sagemaker/training-request.ts"
import type { TrainingCourse } from "./sagemaker/training-world.ts"
import type { SiteOptions } from "./simulated-site.ts"
import type { TableOdds } from "./simulated-table.ts"

/** vCPUs of a queue whose workers never stand in line: their queue is no part of what is rehearsed. */
const QUEUE_VCPUS = 2_500
const NO_TABLE_FAULTS: TableOdds = { lost: 0, answerLost: 0, staleList: 0, isDark: false }

/** What a service takes for a job beside its training, in seconds; assumed, where a world file says nothing. */
const USUAL = { startingSeconds: [120, 300], downloadingSeconds: [30, 120], uploadingSeconds: [10, 40] } as const

/** A rehearsal as a site: only what `faults` asks for goes wrong, and others leave the quotas alone. */
export function siteOfStage(settings: StageSettings, timing: Timing): Omit<SiteOptions, "table"> {
  const { seed, startAt, world, home, faults } = settings
  const changedCourse = (course: TrainingCourse, region: string, request: TrainingRequest): TrainingCourse => {
    // A world that says what jobs do is obeyed.
    if (world.jobs !== undefined) return course
    const chance = new Chance(seedOf(seed, region, request.TrainingJobName))
    const trainingSeconds = settings.trainingSeconds(request.TrainingJobName, chance.next())
    const usual = Object.fromEntries(Object.entries(USUAL).map(([key, [from, to]]) => [key, chance.between(from, to)]))
    const changed = { ...course, ...usual, trainingSeconds }
    return faults ? interrupted(changed, trainingSeconds, chance) : changed
  }
  return {
    seed,
    startAt,
    world,
    home,
    queueVcpus: QUEUE_VCPUS,
    others: faults ? scarceMachines(seed) : PLENTY,
    networkOdds: () => (faults ? REHEARSED_ODDS : NO_NETWORK_FAULTS),
    tableOdds: () => NO_TABLE_FAULTS,
    faultsOf: (kind, _now, chance) => (faults ? rehearsedFaults(kind, chance) : unharmed()),
    calmAt: Number.POSITIVE_INFINITY,
    givenUp: 0,
    isDenied: () => false,
    planned: () => null,
    maxAttempts: settings.maxAttempts,
    onRow: settings.onRow,
    changedCourse,
    spans: { lease: timing.lease, settled: timing.sendWindow + timing.settle },
  }
}
