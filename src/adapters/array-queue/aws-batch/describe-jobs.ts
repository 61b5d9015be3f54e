import { type BatchClient, DescribeJobsCommand, type JobDetail } from "@aws-sdk/client-batch"
import { awsError } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"

/** Most ids of one DescribeJobs. */
export const IDS_PER_CALL = 100

interface Question {
  readonly id: string
  readonly answer: (job: JobDetail | null) => void
  readonly fail: (error: unknown) => void
}

/**
 * Asks Batch of jobs by id. Questions of one moment share their calls: a tick over many rows asks of many workers. Reading
 * repeats safely: retries and time limits are the client's.
 */
export class JobDescriber {
  readonly #clients: ByRegion<BatchClient>
  readonly #waiting = new Map<string, Question[]>()

  constructor(clients: ByRegion<BatchClient>) {
    this.#clients = clients
  }

  /** null: Batch knows no such job (any more). Errors: `denied`, `unavailable`. */
  one(region: string, id: string): Promise<JobDetail | null> {
    return new Promise((answer, fail) => {
      const waiting = this.#waiting.get(region) ?? []
      waiting.push({ id, answer, fail })
      this.#waiting.set(region, waiting)
      // A turn later, so that all who ask at once are there.
      if (waiting.length === 1) void Promise.resolve().then(() => this.#ask(region))
    })
  }

  /** Those of the ids that Batch knows. */
  async all(region: string, ids: readonly string[]): Promise<readonly JobDetail[]> {
    const jobs = await Promise.all(ids.map((id) => this.one(region, id)))
    return jobs.filter((job) => job !== null)
  }

  async #ask(region: string): Promise<void> {
    const questions = this.#waiting.get(region) ?? []
    this.#waiting.delete(region)
    const ids = [...new Set(questions.map(({ id }) => id))]
    for (let from = 0; from < ids.length; from += IDS_PER_CALL) {
      const asked = new Set(ids.slice(from, from + IDS_PER_CALL))
      const own = questions.filter(({ id }) => asked.has(id))
      try {
        const jobs = await this.#describe(region, [...asked])
        for (const { id, answer } of own) answer(jobs.get(id) ?? null)
      } catch (error) {
        for (const { fail } of own) fail(error)
      }
    }
  }

  async #describe(region: string, ids: readonly string[]): Promise<ReadonlyMap<string, JobDetail>> {
    try {
      const { jobs = [] } = await this.#clients.in(region).send(new DescribeJobsCommand({ jobs: [...ids] }))
      return new Map(jobs.map((job) => [job.jobId ?? "", job]))
    } catch (error) {
      throw awsError(error, `ask Batch in ${region} about ${ids.length} jobs`, { region })
    }
  }
}
