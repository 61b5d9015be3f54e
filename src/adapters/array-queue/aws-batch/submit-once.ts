import {
  type BatchClient,
  type JobSummary,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobRequest,
} from "@aws-sdk/client-batch"
import type { Timing } from "../../../core/decision/policy.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Instant } from "../../../core/ids.ts"
import { NOTHING_WRITTEN } from "../../../core/table-errors.ts"
import type { World } from "../../../ports/world.ts"
import { awsError, awsFault, awsMessage } from "../../aws/aws-error.ts"
import { type PatientPorts, repeatWhileThrottled, throttledWait, waitText } from "./repeat-while-throttled.ts"
import { byNameRequest } from "./request.ts"

export interface SubmitPorts extends PatientPorts {
  /** Sends each request once: SubmitJob is not idempotent, so that only we repeat it. */
  readonly submitter: BatchClient
  readonly world: Pick<World, "clock" | "random" | "log">
  readonly timing: Pick<Timing, "sendWindow" | "backOff">
}

/**
 * Submits a job unless one of its name is there that `adopts`. Throttled requests did nothing and are repeated with jitter; after
 * a missing answer the name is looked for at once and again a send window later, and only then is the request repeated.
 * Nothing is sent after `until`. Returns the job's id. Errors: `invalid`, `denied`, `unavailable` (it may be submitted yet, unless
 * it says that nothing was: NOTHING_WRITTEN).
 */
export async function submitOnce(
  ports: SubmitPorts,
  request: SubmitJobRequest,
  adopts: (job: JobSummary) => boolean,
  until: Instant,
): Promise<string> {
  const { clock } = ports.world
  let mayHaveLanded = false
  for (let tried = 0; ; tried += 1) {
    // What was throttled did nothing, and nobody else submits under this name now: it need not be looked for again.
    const known = tried === 0 || mayHaveLanded ? await findByName(ports, request, adopts, until) : null
    if (known !== null) return known
    const sent = await send(ports, request)
    if ("id" in sent) return sent.id
    mayHaveLanded ||= sent.unanswered
    const landed = sent.unanswered ? await findByName(ports, request, adopts, until) : null
    if (landed !== null) return landed
    const wait = sent.unanswered ? ports.timing.sendWindow : throttledWait(ports, tried)
    if (clock.now() + wait >= until) throw mayHaveLanded ? sent.error : nothingSubmitted(sent.error)
    ports.onWait(waitText(ports.region, sent.unanswered ? "unanswered" : "throttled"))
    await clock.sleep(clock.now() + wait)
  }
}

function nothingSubmitted({ code, message, fields }: RegattaError): RegattaError {
  return new RegattaError(code, message, { fields: { ...fields, ...NOTHING_WRITTEN } })
}

type Sent = { readonly id: string } | { readonly unanswered: boolean; readonly error: RegattaError }

async function send({ submitter, region, world }: SubmitPorts, request: SubmitJobRequest): Promise<Sent> {
  const doing = `submit the job ${request.jobName} to the queue "${request.jobQueue}" in ${region}`
  try {
    const { jobId } = await submitter.send(new SubmitJobCommand(request))
    if (jobId !== undefined) return { id: jobId }
    const error = new RegattaError("unavailable", `cannot ${doing}: Batch gave no job id`, { fields: { region } })
    return { unanswered: true, error }
  } catch (error) {
    const fault = awsFault(error)
    if (fault !== "throttled" && fault !== "unanswered") throw awsError(error, doing, { region })
    world.log.event("warn", "batch.submit", { job: request.jobName, region, fault, error: awsMessage(error) })
    return { unanswered: fault === "unanswered", error: awsError(error, doing, { region }) }
  }
}

/** The oldest job of exactly this name; Batch's own filter takes no notice of case. */
async function findByName(
  ports: SubmitPorts,
  { jobName = "", jobQueue = "" }: SubmitJobRequest,
  adopts: (job: JobSummary) => boolean,
  until: Instant,
): Promise<string | null> {
  const { submitter, region } = ports
  const repeat = repeatWhileThrottled(ports, until)
  const found: JobSummary[] = []
  let next: string | undefined
  try {
    do {
      const command = new ListJobsCommand(byNameRequest(jobQueue, jobName, next))
      const page = await repeat(() => submitter.send(command))
      found.push(...(page.jobSummaryList ?? []).filter((job) => job.jobName === jobName && adopts(job)))
      next = page.nextToken
    } while (next !== undefined)
  } catch (error) {
    throw awsError(error, `look for the job ${jobName} in the queue "${jobQueue}" in ${region}`, { region })
  }
  const [oldest] = found.toSorted((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0))
  return oldest?.jobId ?? null
}
