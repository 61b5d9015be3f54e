// Training jobs in SageMaker, each in the region that its attempt holds.
// Deletes none, adopts none that is not ours by its tags, and takes no missing answer for a refusal.
import {
  DescribeTrainingJobCommand,
  ListTagsCommand,
  ListTrainingJobsCommand,
  type SageMakerClient,
  StopTrainingJobCommand,
  type Tag,
} from "@aws-sdk/client-sagemaker"
import type { Observation } from "../../../core/decision/action.ts"
import type { Attempt } from "../../../core/decision/row.ts"
import { isRegattaError } from "../../../core/errors.ts"
import type { Instant } from "../../../core/ids.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { TrainingService } from "../../../ports/training-service.ts"
import type { World } from "../../../ports/world.ts"
import { awsError, awsFault, awsMessage } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { refreshCredentials } from "../../aws/refresh-credentials.ts"
import { within } from "../../aws/within.ts"
import { buildRequest } from "./build-request.ts"
import { launch } from "./launch.ts"
import { type Described, describedJob, listedJob } from "./observe.ts"
import { whoseJob } from "./whose-job.ts"

export interface SageMakerTrainingOptions {
  /** Send each request once. */
  readonly creating: ByRegion<SageMakerClient>
  /** Repeat by themselves: all that they ask may be asked again. */
  readonly asking: ByRegion<SageMakerClient>
  readonly world: Pick<World, "clock" | "random" | "log">
  /** `Timing.settle`: for so long a job without tags may be ours. */
  readonly settle: number
}

/** The longest that one question takes, repetitions included: a dark region is asked again at the next look. */
const LONGEST_QUESTION_MS = 60_000
const PAGE = 100

export class SageMakerTraining implements TrainingService {
  readonly #options: SageMakerTrainingOptions
  /** ARNs of jobs whose tags were read, or that this process created. */
  readonly #ours = new Set<string>()

  constructor(options: SageMakerTrainingOptions) {
    this.#options = options
  }

  async create(run: RunRecord, spec: JobSpec, attempt: Attempt, signal: AbortSignal): Promise<Observation> {
    const { creating, world } = this.#options
    const { clock } = world
    const at = clock.now()
    try {
      const request = buildRequest(run, spec, attempt)
      const client = creating.in(attempt.held.place.region)
      const created = (arn: string) => void this.#ours.add(arn)
      const look = () => this.describe(run, attempt)
      return await within(clock, attempt.sendBy, signal, (cut) =>
        launch({ client, world, look, created }, request, attempt, cut),
      )
    } catch (error) {
      // The request could not be built: nothing was sent.
      if (!isRegattaError(error, "invalid")) throw error
      return { kind: "refused", at, code: "invalid", hopeless: true, reason: error.message }
    }
  }

  /**
   * A denial says nothing of the job, and may be a policy that is not known everywhere yet: as no answer, and logged.
   * Error `denied`: the credentials are of no use, also after they were renewed.
   */
  async describe(run: RunRecord, attempt: Attempt): Promise<Observation> {
    const at = this.#options.world.clock.now()
    const { region } = attempt.held.place
    const command = new DescribeTrainingJobCommand({ TrainingJobName: attempt.jobName })
    let described: Described
    try {
      described = await this.#ask(region, (client, abortSignal) => client.send(command, { abortSignal }))
    } catch (error) {
      return isAbsent(error) ? { kind: "absent", at } : this.#noAnswer("describe", attempt, error)
    }
    try {
      return await this.#ownJob(run, attempt, described, at)
    } catch (error) {
      // Also where the tags are not found: the job itself has just been seen.
      return this.#noAnswer("tags", attempt, error)
    }
  }

  async stop(_run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent" | "unknown"> {
    const command = new StopTrainingJobCommand({ TrainingJobName: attempt.jobName })
    const { region } = attempt.held.place
    try {
      await this.#ask(region, (client, abortSignal) => client.send(command, { abortSignal }))
      return "stopping"
    } catch (error) {
      if (isAbsent(error)) return "absent"
      // aws.md 7.2: `The request was rejected because the training job is in status Stopped`.
      const status = /is in status (\w+)/.exec(awsMessage(error))?.[1]
      if (awsFault(error) === "invalid" && status !== undefined) return status === "Stopping" ? "stopping" : "ended"
      this.#noAnswer("stop", attempt, error)
      return "unknown"
    }
  }

  /** Filters are given to the service and applied once more: it may cut its pages before it filters. Newest by their creation. */
  async changedSince(
    region: string,
    prefix: string,
    since: Instant,
    page: string | null,
  ): Promise<{ readonly jobs: readonly TrainingJob[]; readonly next: string | null }> {
    const at = this.#options.world.clock.now()
    const command = new ListTrainingJobsCommand({
      NameContains: prefix,
      LastModifiedTimeAfter: new Date(since),
      SortBy: "CreationTime",
      SortOrder: "Descending",
      MaxResults: PAGE,
      ...(page === null ? {} : { NextToken: page }),
    })
    try {
      const answer = await this.#ask(region, (client, abortSignal) => client.send(command, { abortSignal }))
      const jobs = (answer.TrainingJobSummaries ?? []).map((job) => listedJob(job, at))
      const meant = jobs.filter((job) => job.jobName.startsWith(prefix) && job.at >= since)
      return { jobs: meant, next: answer.NextToken ?? null }
    } catch (error) {
      throw awsError(error, `list the training jobs of ${prefix} in ${region}`, { region })
    }
  }

  async #ownJob(run: RunRecord, attempt: Attempt, described: Described, at: Instant): Promise<Observation> {
    const arn = described.TrainingJobArn ?? ""
    if (!this.#ours.has(arn)) {
      const createdAt = described.CreationTime?.getTime() ?? null
      const tags = await this.#tagsOf(arn, attempt.held.place.region)
      const whose = whoseJob(tags, createdAt, run, attempt, at, this.#options.settle)
      if (whose.kind === "foreign") return { kind: "foreign", detail: `${arn}: ${whose.detail}` }
      if (whose.kind === "notYetTold") return { kind: "nothing" }
      this.#ours.add(arn)
    }
    return { kind: "job", job: describedJob(described, at) }
  }

  async #tagsOf(arn: string, region: string): Promise<readonly Tag[]> {
    const tags: Tag[] = []
    let token: string | undefined
    do {
      const command = new ListTagsCommand({ ResourceArn: arn, ...(token === undefined ? {} : { NextToken: token }) })
      const answer = await this.#ask(region, (client, abortSignal) => client.send(command, { abortSignal }))
      tags.push(...(answer.Tags ?? []))
      token = answer.NextToken
    } while (token !== undefined && token !== "")
    return tags
  }

  /** Asks, and once more with new credentials where those at hand have expired. */
  async #ask<T>(region: string, question: (client: SageMakerClient, cut: AbortSignal) => Promise<T>): Promise<T> {
    const { asking, world } = this.#options
    const client = asking.in(region)
    return within(world.clock, world.clock.now() + LONGEST_QUESTION_MS, null, async (cut) => {
      try {
        return await question(client, cut)
      } catch (error) {
        if (awsFault(error) !== "expired") throw error
        await refreshCredentials(client)
        return question(client, cut)
      }
    })
  }

  /**
   * Without ListTags a job can be neither ours nor another's: adopting a stranger's would make us stop it, and calling ours a
   * stranger's would leave it training. The row stays as it is until the policy is mended; one row's region holds up no other.
   */
  #noAnswer(operation: string, { jobName, held }: Attempt, error: unknown): Observation {
    const { region } = held.place
    if (awsFault(error) === "expired") throw awsError(error, `${operation} ${jobName} in ${region}`, { region })
    this.#options.world.log.event("warn", `sagemaker.${operation}`, { job: jobName, region, error: awsMessage(error) })
    return { kind: "nothing" }
  }
}

/** Both forms in which the service says that there is no such job (aws.md 7.2). */
function isAbsent(error: unknown): boolean {
  const fault = awsFault(error)
  if (fault === "notFound") return true
  return fault === "invalid" && /Requested resource not found/i.test(awsMessage(error))
}
