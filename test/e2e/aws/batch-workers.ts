import { BatchClient, DescribeJobsCommand, ListJobsCommand, TerminateJobCommand } from "@aws-sdk/client-batch"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { workersOf } from "../wire/worker-pids.ts"
import { type AwsBench, type EmulatedJob, HOME } from "./aws-bench.ts"

/** What `status -o json` tells of a run; only what these tests read. */
export interface RunStatus {
  readonly run: { readonly id: string; readonly status: string }
  readonly counts: Readonly<Record<string, number>>
  readonly rows: readonly {
    readonly index: number
    readonly region: string
    readonly status: string
    readonly trainingJob: string | null
    readonly reason: string | null
  }[]
}

/** A run's jobs in Batch and the processes that they are here, as a person with Batch's console and a shell would treat them. */
export class BatchWorkers {
  readonly #bench: AwsBench
  readonly #batch: BatchClient

  constructor(bench: AwsBench) {
    this.#bench = bench
    const credentials = { accessKeyId: "made-up", secretAccessKey: "key" }
    this.#batch = new BatchClient({ region: HOME, endpoint: bench.endpoint, credentials })
  }

  close(): void {
    this.#batch.destroy()
  }

  /** Identities of the run's live worker processes. */
  living(run: string): readonly string[] {
    return workersOf(`REGATTA_RUN=${run}\0`)
  }

  /** To every live worker of the run; how many there were. */
  signal(run: string, signal: NodeJS.Signals): number {
    return this.living(run).filter((worker) => signalProcess(worker, signal)).length
  }

  /** The id of the only array, or plain job, of a run. */
  async jobOf(run: string): Promise<string> {
    const filters = [{ name: "JOB_NAME", values: [`${run}*`] }]
    const { jobSummaryList = [] } = await this.#batch.send(new ListJobsCommand({ jobQueue: "regatta", filters }))
    const [job, ...others] = jobSummaryList.filter(({ jobName = "" }) => !jobName.endsWith("-follow"))
    if (job?.jobId === undefined || others.length > 0) throw new Error(`${jobSummaryList.length} jobs of ${run}`)
    return job.jobId
  }

  async describe(job: string) {
    const { jobs: [found] = [] } = await this.#batch.send(new DescribeJobsCommand({ jobs: [job] }))
    const exits = (found?.attempts ?? []).map(({ container }) => container?.exitCode ?? null)
    return { status: found?.status ?? "none", exits }
  }

  async terminate(job: string, reason: string): Promise<void> {
    await this.#batch.send(new TerminateJobCommand({ jobId: job, reason }))
  }

  async trainingJobs(run: string): Promise<readonly EmulatedJob[]> {
    return (await this.#bench.state()).trainingJobs.filter(({ name }) => name.startsWith(`${run}-`))
  }

  status(run: string): Promise<RunStatus> {
    return this.#bench.json<RunStatus>("status", run)
  }

  /** Statuses of the rows, in their order. */
  async statuses(run: string): Promise<readonly string[]> {
    return (await this.status(run)).rows.map(({ status }) => status)
  }
}
