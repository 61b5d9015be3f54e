import { followRuns } from "../src/app/follow-run.ts"
import { AWS_TIMING } from "../src/core/decision/policy.ts"
import { jobName } from "../src/core/run/names.ts"
import { anArray, anAttempt, anObjectRef, aPlace } from "../test/builders.ts"
import { FOLLOWER, LoopBed, MINUTE, START } from "../test/unit/app/loops/bed.ts"
import { type Benchmark, counted, type Result } from "./result.ts"

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"] as const
const ROWS = [100, 1_000, 10_000, 100_000]
/** Counted between two of the hourly sweeps down to the oldest live job, which are a page for each hundred jobs. */
const [FROM, TO] = [20 * MINUTE, 50 * MINUTE]

/** Requests of a follower, per tick, while rows of four regions train and nothing of them changes. */
export const idleFollower: Benchmark = async () => {
  const results: Result[] = []
  for (const rows of ROWS) {
    const bed = await bedOf(rows)
    const counts = await countWhileIdle(bed)
    const ticks = (TO - FROM) / AWS_TIMING.poll
    for (const [name, count] of Object.entries(counts))
      results.push(counted(`idle-follower/${rows}/${name}`, "requests per tick", count / ticks))
  }
  return results
}

async function bedOf(rows: number): Promise<LoopBed> {
  const parts = [{ rows: anObjectRef(), index: anObjectRef(), size: rows }]
  const bed = await LoopBed.open({ parts, arrays: [anArray({ name: "array", id: "array", size: rows })] })
  bed.training.trainsMs = 48 * 60 * MINUTE
  for (let index = 0; index < rows; index++) {
    const place = aPlace({ region: REGIONS[index % REGIONS.length] ?? REGIONS[0] })
    const name = jobName(bed.run.run, index, 1)
    const attempt = anAttempt({ jobName: name, held: { place, usd: null }, claimedAt: START, sendBy: START + MINUTE })
    bed.training.make(attempt)
    await bed.put(index, {
      owner: null,
      nextNumber: 2,
      state: { status: "running", attempt, phase: "training", raw: "Training" },
    })
    await bed.table.note(bed.run.run, index, bed.training.told(name))
  }
  // What was launched lately is listed again and again, until it is older than the overlap of two listings.
  await bed.until(bed.clock.sleep(START + 60 * MINUTE))
  return bed
}

async function countWhileIdle(bed: LoopBed): Promise<Readonly<Record<string, number>>> {
  const ending = new AbortController()
  const count = () => {
    const of = (kind: string) => bed.training.calls.filter((call) => call.startsWith(kind)).length
    return { ListTrainingJobs: of("list"), DescribeTrainingJob: of("describe"), "table.changes": changes }
  }
  let changes = 0
  const read = bed.table.changes.bind(bed.table)
  bed.table.changes = (...args) => {
    changes += 1
    return read(...args)
  }
  let before = count()
  const begin = bed.clock.now()
  bed.clock.at(begin + FROM, () => {
    before = count()
  })
  bed.clock.at(begin + TO, () => ending.abort("SIGTERM"))
  await bed.until(followRuns(bed.ports, [bed.run.run], FOLLOWER, { prefix: "rg", untilEnded: true }, ending.signal))
  return Object.fromEntries(
    Object.entries(count()).map(([name, after]) => [name, after - before[name as keyof typeof before]]),
  )
}
