// Services that keep their data in many places show new things late: Describe does not find a job that was just made, lists
// lack the newest. The answer is then an older truth, never an untruth.
import type { Instant } from "../core/ids.ts"
import type { Chance } from "./chance.ts"
import type { NetworkRequest } from "./modelled-network.ts"
import type { ServiceAnswer } from "./service-model.ts"

/** How long something new may stay unseen: seconds, as people report it. */
const UNSEEN_MS = 5_000

type Item = Readonly<Record<string, unknown>>

/** The same answer where nothing in it is new, or chance does not want it. */
export function hideNew(
  { service, operation }: NetworkRequest,
  answer: ServiceAnswer,
  now: Instant,
  odds: number,
  chance: Chance,
): ServiceAnswer {
  if (odds === 0 || !answer.ok) return answer
  if (service === "sagemaker" && operation === "DescribeTrainingJob") {
    const isNew = now - Number(answer.output["CreationTime"]) * 1000 < UNSEEN_MS
    return isNew && chance.isLess(odds) ? NOT_FOUND : answer
  }
  if (service === "sagemaker" && operation === "ListTrainingJobs")
    return without(answer, "TrainingJobSummaries", (job) => now - Number(job["LastModifiedTime"]) * 1000, odds, chance)
  if (service === "batch" && operation === "ListJobs")
    return without(answer, "jobSummaryList", (job) => now - Number(job["createdAt"]), odds, chance)
  return answer
}

const NOT_FOUND: ServiceAnswer = {
  ok: false,
  fault: { name: "ValidationException", message: "Requested resource not found.", status: 400 },
}

function without(
  answer: ServiceAnswer & { readonly ok: true },
  list: string,
  age: (item: Item) => number,
  odds: number,
  chance: Chance,
): ServiceAnswer {
  const items = answer.output[list] as readonly Item[]
  const isNew = items.some((item) => age(item) < UNSEEN_MS)
  if (!isNew || !chance.isLess(odds)) return answer
  return { ok: true, output: { ...answer.output, [list]: items.filter((item) => age(item) >= UNSEEN_MS) } }
}
