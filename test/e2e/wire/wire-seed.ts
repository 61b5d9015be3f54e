// One seeded history: four rows in four regions over wires that lose, delay, cut, throttle and fail, with workers killed and,
// for every second seed, a stop. What the emulator knows is the truth that the table is held against.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { BatchClient, RegisterJobDefinitionCommand } from "@aws-sdk/client-batch"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { Chance } from "../../../src/simulation/chance.ts"
import { ACCOUNT, type AwsBench, type EmulatedJob, HOME, REGIONS } from "../aws/aws-bench.ts"
import { type Ended, run } from "../regatta-process.ts"
import { FaultyProxy } from "./faulty-proxy.ts"
import { workersOf } from "./worker-pids.ts"

export interface WireOutcome {
  readonly seed: number
  /** One line per broken promise. */
  readonly broken: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  /** How often each fate met each operation. */
  readonly fates: ReadonlyMap<string, number>
  readonly killed: number
  readonly seconds: number
}

/** Real time after which the wires are mended, so that everything can end. */
const CALM_AFTER_MS = 15_000
const DEADLINE_MS = 150_000
/** Where the likelihood of each of eight fates is higher: what it would cost most to get wrong. */
const ODDS: Readonly<Record<string, number>> = { CreateTrainingJob: 0.06, SubmitJob: 0.04, StopTrainingJob: 0.04 }
const OTHER_ODDS = 0.008

interface StatusDocument {
  readonly run: { readonly id: string; readonly size: number }
  readonly counts: Readonly<Record<string, number>>
  readonly rows: readonly {
    readonly index: number
    readonly status: string
    readonly trainingJob: string | null
    readonly reason: string | null
    readonly attempt: number | null
  }[]
}

export async function carryOutSeed(bench: AwsBench, entry: string, seed: number): Promise<WireOutcome> {
  const startedAt = performance.now()
  const proxy = new FaultyProxy({
    target: bench.endpoint,
    seed,
    odds: (operation) => ODDS[operation] ?? OTHER_ODDS,
    longestMs: 3_000,
  })
  const endpoint = await proxy.open()
  const history = new History(bench, entry, seed, proxy, endpoint)
  try {
    await history.prepare()
    const { broken, counts } = await history.carryOut()
    const seconds = (performance.now() - startedAt) / 1000
    return { seed, broken, counts, fates: proxy.fates, killed: history.killed, seconds }
  } finally {
    await history.close()
    await proxy.close()
  }
}

class History {
  readonly #bench: AwsBench
  readonly #entry: string
  readonly #seed: number
  readonly #proxy: FaultyProxy
  readonly #endpoint: string
  readonly #chance: Chance
  readonly #folder = mkdtempSync(join(tmpdir(), "regatta-wire-"))
  readonly #deadline = Date.now() + DEADLINE_MS
  readonly #calmAt = Date.now() + CALM_AFTER_MS
  killed = 0

  constructor(bench: AwsBench, entry: string, seed: number, proxy: FaultyProxy, endpoint: string) {
    this.#bench = bench
    this.#entry = entry
    this.#seed = seed
    this.#proxy = proxy
    this.#endpoint = endpoint
    this.#chance = new Chance(seed)
  }

  /** A job definition whose workers reach AWS over this seed's wires. */
  async prepare(): Promise<void> {
    const batch = new BatchClient({ region: HOME, endpoint: this.#bench.endpoint, credentials: CREDENTIALS })
    await batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: `wire-${this.#seed}`,
        type: "container",
        containerProperties: {
          image: "worker",
          command: ["worker"],
          environment: [
            { name: "AWS_ENDPOINT_URL", value: this.#endpoint },
            { name: "WIRE_SEED", value: String(this.#seed) },
          ],
          resourceRequirements: [
            { type: "VCPU", value: "1" },
            { type: "MEMORY", value: "512" },
          ],
        },
      }),
    )
    batch.destroy()
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(
      join(this.#folder, "regatta.yaml"),
      `on: aws
home: ${HOME}
account: "${ACCOUNT}"
table: dynamodb:wire
batch: {queue: regatta, job_definition: wire-${this.#seed}}
defaults:
  role: arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  output: s3://artifacts-{region}/out/
  instance_type: ml.p3.16xlarge
  instance_count: 2
  max_runtime: 1h
  # Another place takes another name, which nothing of the service protects from being a second job of the row.
  fallback: "*/ml.p3.8xlarge"
`,
    )
    const rows = REGIONS.map((region) => `${region},s3://imagenet-${region}/train/\n`)
    writeFileSync(join(this.#folder, "array.csv"), rows.join(""))
  }

  async carryOut(): Promise<{ readonly broken: readonly string[]; readonly counts: Readonly<Record<string, number>> }> {
    const isStopped = this.#seed % 2 === 0
    const calm = this.#calmLater()
    try {
      const id = await this.#submit()
      const killing = this.#killSome(this.#chance.below(4))
      if (isStopped) {
        await delay(this.#chance.between(0, 5_000))
        await this.#stop(id)
      }
      await killing
      const broken = isStopped ? await this.#afterStop(id) : []
      const document = await this.#untilEnded(id)
      await this.#proxy.settle()
      return { broken: [...broken, ...(await this.#judge(id, document, isStopped))], counts: document.counts }
    } finally {
      calm.abort()
    }
  }

  async close(): Promise<void> {
    for (const worker of workersOf(this.#marker())) signalProcess(worker, "SIGKILL")
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  #marker(): string {
    return `WIRE_SEED=${this.#seed}\0`
  }

  #calmLater(): AbortController {
    const over = new AbortController()
    void delay(Math.max(0, this.#calmAt - Date.now()), null, { signal: over.signal }).then(
      () => {
        this.#proxy.isCalm = true
      },
      () => {},
    )
    return over
  }

  #call(...parameters: readonly string[]): Promise<Ended> {
    const env = { ...this.#bench.env, AWS_ENDPOINT_URL: this.#endpoint, REGATTA_HOME: join(this.#folder, "state") }
    return run(process.execPath, [this.#entry, ...parameters], { cwd: this.#folder, env })
  }

  /** As a person would: a submission that was cut short is resumed, one that left nothing is made again. */
  async #submit(): Promise<string> {
    let ended = await this.#call("submit", "array.csv", "-y", "--name", `wire-${this.#seed}`, "-o", "name")
    while (ended.code !== 0) {
      this.#mustHaveTime("submit", ended)
      const resumed = await this.#call("submit", "--resume", "array.csv", "-o", "name")
      const isNothing = resumed.code !== 0 && /no run of yours|there is no run/.test(resumed.stderr)
      ended = isNothing
        ? await this.#call("submit", "array.csv", "-y", "--name", `wire-${this.#seed}`, "-o", "name")
        : resumed
    }
    return ended.stdout.trim()
  }

  async #stop(id: string): Promise<void> {
    for (;;) {
      const ended = await this.#call("stop", id, "-y")
      if (ended.code === 0) return
      this.#mustHaveTime("stop", ended)
    }
  }

  /** Each kill meets whichever worker lives at a random moment; one that finds none has missed. */
  async #killSome(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await delay(this.#chance.between(50, 2_500))
      const workers = workersOf(this.#marker())
      const one = workers[this.#chance.below(Math.max(1, workers.length))]
      if (one !== undefined && signalProcess(one, "SIGKILL")) this.killed += 1
    }
  }

  async #afterStop(id: string): Promise<readonly string[]> {
    await this.#proxy.settle()
    const live = (await this.#jobs(id)).filter(({ endedAt }) => endedAt === null)
    return live.map(({ name, status }) => `no-orphans: ${name} is ${status} after the stop was verified`)
  }

  async #untilEnded(id: string): Promise<StatusDocument> {
    for (;;) {
      const ended = await this.#call("status", id, "-o", "json")
      if (ended.code === 0) {
        const document = JSON.parse(ended.stdout) as StatusDocument
        const { completed = 0, failed = 0, stopped = 0 } = document.counts
        if (completed + failed + stopped === document.run.size) return document
      }
      this.#mustHaveTime("status", ended)
      await delay(250)
    }
  }

  #mustHaveTime(what: string, { code, stdout, stderr }: Ended): void {
    if (Date.now() <= this.#deadline) return
    throw new Error(`seed ${this.#seed}: ${what} exits with ${code} and nothing has ended:\n${stdout}\n${stderr}`)
  }

  async #judge(id: string, { rows, counts, run: { size } }: StatusDocument, isStopped: boolean): Promise<string[]> {
    const jobs = await this.#jobs(id)
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    const broken = sum === size ? [] : [`counts-and-money: ${JSON.stringify(counts)} of ${size} rows`]
    for (const row of rows) {
      const own = jobs.filter(({ name }) => name.startsWith(`${id}-r${row.index}-a`))
      broken.push(...overlaps(own))
      for (const { name } of own.filter(({ endedAt }) => endedAt === null))
        broken.push(`no-orphans: ${name} still lives`)
      const completed = own.filter(({ status }) => status === "Completed")
      if (completed.length > 1) broken.push(`one-live-job: row ${row.index} was trained ${completed.length} times`)
      const isTrue = row.status === "completed" ? completed[0]?.name === row.trainingJob : completed.length === 0
      if (!isTrue) broken.push(`final-is-final: row ${row.index} is ${row.status}, its jobs ${describe(own)}`)
      if (row.status === "stopped" && !isStopped) broken.push(`row ${row.index} is stopped and nobody stopped it`)
      // A worker may run out of attempts; then Batch's reason is the truth. A training job's failure there is none.
      if (row.status === "failed" && own.length > 0)
        broken.push(`row ${row.index} failed: ${row.reason}; ${describe(own)}`)
    }
    return broken
  }

  async #jobs(id: string): Promise<readonly EmulatedJob[]> {
    const { trainingJobs } = await this.#bench.state()
    return trainingJobs.filter(({ name }) => name.startsWith(`${id}-`))
  }
}

const CREDENTIALS = { accessKeyId: "emulated-user", secretAccessKey: "emulated" }

function overlaps(jobs: readonly EmulatedJob[]): readonly string[] {
  const sorted = jobs.toSorted((a, b) => a.createdAt - b.createdAt)
  return sorted.slice(1).flatMap((job, at) => {
    const before = sorted[at]
    const isDouble = before !== undefined && (before.endedAt === null || before.endedAt > job.createdAt)
    return isDouble ? [`one-live-job: ${before.name} and ${job.name} lived at once`] : []
  })
}

function describe(jobs: readonly EmulatedJob[]): string {
  return jobs.length === 0
    ? "none"
    : jobs.map(({ name, region, status }) => `${name} in ${region} ${status}`).join(", ")
}
