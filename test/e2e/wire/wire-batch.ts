import { AwsBench, REGIONS } from "../aws/aws-bench.ts"
import { FATES } from "./faulty-proxy.ts"
import { carryOutSeed, type WireOutcome } from "./wire-seed.ts"

/** Trainings of one to three seconds of real time, and quotas that several seeds at once exceed. */
const WORLD = `regions:
${REGIONS.map((region) => `  ${region}: {quotas: {ml.p3.16xlarge: 4, ml.p3.8xlarge: 4}}`).join("\n")}
jobs:
  - starting: 20s..60s
    downloading: 10s
    training: 30s..90s
    uploading: 10s
    stopping: 5s..60s
`
/** Settle time, leases and polls are a sixtieth of AWS's; more, and a busy machine would lose leases all the time. */
const SPEED = 60

export interface WireReport {
  readonly outcomes: readonly WireOutcome[]
  readonly fates: Readonly<Record<string, number>>
  readonly killed: number
}

/** Carries out seeds over one emulator, a few at once. */
export async function carryOutSeeds(
  entry: string,
  seeds: readonly number[],
  atOnce: number,
  onOutcome: (outcome: WireOutcome) => void = () => {},
): Promise<WireReport> {
  const bench = await AwsBench.open({ entry, world: WORLD, speed: SPEED })
  try {
    const outcomes: WireOutcome[] = []
    const left = [...seeds]
    const lane = async () => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        const outcome = await carryOutSeed(bench, entry, seed)
        outcomes.push(outcome)
        onOutcome(outcome)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    return { outcomes, fates: sumOfFates(outcomes), killed: outcomes.reduce((sum, { killed }) => sum + killed, 0) }
  } finally {
    await bench.close()
  }
}

/** Each fate over all operations, zeros included: a fate that never came was not tried. */
function sumOfFates(outcomes: readonly WireOutcome[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = Object.fromEntries(FATES.map((fate) => [fate, 0]))
  for (const { fates } of outcomes) {
    for (const [key, count] of fates) {
      const fate = key.split(" ")[0] ?? ""
      sums[fate] = (sums[fate] ?? 0) + count
    }
  }
  return sums
}
