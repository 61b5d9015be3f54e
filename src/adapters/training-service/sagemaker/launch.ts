import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type SageMakerClient,
} from "@aws-sdk/client-sagemaker"
import type { Observation } from "../../../core/decision/action.ts"
import type { Attempt } from "../../../core/decision/row.ts"
import type { Instant } from "../../../core/ids.ts"
import type { World } from "../../../ports/world.ts"
import { awsError, awsMessage } from "../../aws/aws-error.ts"
import { refreshCredentials } from "../../aws/refresh-credentials.ts"
import { type CreateFailure, createFailure } from "./refusals.ts"

export interface LaunchPorts {
  /** Sends each request once: a create that is repeated unseen would hide that an answer is missing. */
  readonly client: SageMakerClient
  readonly world: Pick<World, "clock" | "random" | "log">
  /** Who has the name, by tags. */
  readonly look: () => Promise<Observation>
  readonly created: (arn: string) => void
}

/**
 * Sends one attempt's create until it is answered for good or the claim's time is over. The signal ends every send at
 * `attempt.sendBy`. Once one answer is missing only the sight of our own job tells: whatever a later try is told
 * (throttled, over the quota, denied) says nothing about the earlier one, which may take effect minutes later.
 * Error `denied`: the credentials are of no use, also after they were renewed.
 */
export async function launch(
  ports: LaunchPorts,
  request: CreateTrainingJobCommandInput,
  attempt: Attempt,
  cut: AbortSignal,
): Promise<Observation> {
  const { clock } = ports.world
  const tried: Tried = { isUnanswered: false, refusal: null, again: 0, renewed: 0 }
  for (let tries = 0; !cut.aborted && clock.now() <= attempt.sendBy; tries += 1) {
    const sentAt = clock.now()
    const answer = await send(ports, request, attempt, cut)
    if (answer === null) return createdJob(attempt, sentAt)
    const outcome = await judge(ports, tried, answer, sentAt)
    if (outcome !== "again") return outcome
    const wait = backOff(attempt, tries, ports.world)
    if (clock.now() + wait > attempt.sendBy) break
    await clock.sleep(clock.now() + wait, cut)
  }
  return settled(tried)
}

interface Tried {
  isUnanswered: boolean
  /** What the last try that was answered was told. */
  refusal: Observation | null
  again: number
  renewed: number
}

type Failed = CreateFailure & { readonly error: unknown }

/** null: created. */
async function send(
  { client, world, created }: LaunchPorts,
  request: CreateTrainingJobCommandInput,
  { held, jobName }: Attempt,
  cut: AbortSignal,
): Promise<Failed | null> {
  const { region } = held.place
  try {
    const { TrainingJobArn } = await client.send(new CreateTrainingJobCommand(request), { abortSignal: cut })
    if (TrainingJobArn !== undefined) created(TrainingJobArn)
    return null
  } catch (error) {
    const failure = createFailure(error, request, region)
    world.log.event("warn", "sagemaker.create", {
      job: jobName,
      region,
      answer: failure.kind,
      error: awsMessage(error),
    })
    return { ...failure, error }
  }
}

async function judge(ports: LaunchPorts, tried: Tried, failure: Failed, at: Instant): Promise<Observation | "again"> {
  switch (failure.kind) {
    case "lost":
      tried.isUnanswered = true
      return "again"
    case "taken":
      return taken(tried, await ports.look())
    case "expired":
      return renew(ports, tried, failure.error)
    case "refused": {
      tried.refusal = { kind: "refused", at, ...failure.refusal }
      if (failure.again === "once") tried.again += 1
      const isOver = failure.again === "never" || tried.again > 1
      return isOver ? settled(tried) : "again"
    }
    default:
      return failure satisfies never
  }
}

/** Something has the name; what cannot be seen now is asked for later. */
function taken(tried: Tried, seen: Observation): Observation {
  if (seen.kind === "job") return seen
  return seen.kind === "foreign" && !tried.isUnanswered ? seen : { kind: "unanswered" }
}

async function renew({ client }: LaunchPorts, tried: Tried, error: unknown): Promise<"again"> {
  const doing = "start a training job"
  if (tried.renewed > 0) throw awsError(error, doing, {})
  tried.renewed += 1
  try {
    await refreshCredentials(client)
  } catch (cause) {
    throw awsError(cause, doing, {})
  }
  return "again"
}

/** `nothing`: not one request was sent. */
function settled({ isUnanswered, refusal }: Tried): Observation {
  return isUnanswered ? { kind: "unanswered" } : (refusal ?? { kind: "nothing" })
}

/** Full jitter from a half-second, doubled up to ten seconds, where the claim has a minute: ten thousand children start at once. */
function backOff({ sendBy, claimedAt }: Attempt, tries: number, { random }: Pick<World, "random">): number {
  const window = sendBy - claimedAt
  return Math.min((window / 120) * 2 ** tries, window / 6) * (0.25 + 0.75 * random())
}

function createdJob({ jobName }: Attempt, at: Instant): Observation {
  return {
    kind: "job",
    job: { jobName, at, phase: "starting", raw: "Starting", startedAt: null, metrics: {}, end: null },
  }
}
