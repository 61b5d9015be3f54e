import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { type Ended, environment, run } from "../regatta-process.ts"

export const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"] as const
export const ACCOUNT = "123456789012"
export const HOME = "us-east-1"

/** What the emulator tells of one training job (`GET /_regatta/state`). */
export interface EmulatedJob {
  readonly region: string
  readonly name: string
  readonly status: string
  /** Milliseconds, model time; null: it has not ended. */
  readonly createdAt: number
  readonly endedAt: number | null
}

/** The same of one submission to Batch. */
export interface EmulatedSubmission {
  readonly region: string
  readonly id: string
}

export interface EmulatorState {
  readonly batch: readonly EmulatedSubmission[]
  readonly now: number
  readonly children: number
  readonly requests: Readonly<Record<string, unknown>>
  readonly trainingJobs: readonly EmulatedJob[]
  /** What was published to topics of SNS. */
  readonly messages: readonly unknown[]
}

export interface BenchOptions {
  /** Our program as it is shipped: its main file. */
  readonly entry: string
  /** The emulator's world, as YAML; buckets of the four regions and the roles are there in any case. */
  readonly world?: string
  readonly speed?: number
  /** Settings beside those that every project of the bench has, as YAML. */
  readonly settings?: string
  readonly parameters?: readonly string[]
}

/** An emulator, and a project in a folder of its own that lives against it. Everything ends with `close`. */
export class AwsBench {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly endpoint: string
  readonly #entry: string
  readonly #emulator: ChildProcess

  static async open(options: BenchOptions): Promise<AwsBench> {
    const folder = mkdtempSync(join(tmpdir(), "regatta-aws-"))
    try {
      writeFileSync(join(folder, "world.yaml"), `${BUCKETS}${options.world ?? ""}\n`)
      const parameters = ["--port", "0", "--speed", String(options.speed ?? 60), "--world", "world.yaml", "-o", "json"]
      const emulator = spawn(
        process.execPath,
        [options.entry, "emulate", ...parameters, ...(options.parameters ?? [])],
        {
          cwd: folder,
          env: environment(),
          stdio: ["ignore", "pipe", "inherit"],
        },
      )
      const { endpoint, environment: told } = await firstLine(emulator)
      return new AwsBench(folder, options, emulator, endpoint, told)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(
    folder: string,
    { entry, settings = "" }: BenchOptions,
    emulator: ChildProcess,
    endpoint: string,
    told: Readonly<Record<string, string>>,
  ) {
    this.folder = folder
    this.endpoint = endpoint
    this.#entry = entry
    this.#emulator = emulator
    // As much as a terminal would have, and no other configuration of AWS.
    this.env = { ...environment(), ...told, NO_COLOR: "1", HOME: folder, REGATTA_HOME: join(folder, "state") }
    this.write("regatta.yaml", `${SETTINGS}${settings}\n`)
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  /** `regatta <parameters>` in the project's folder. */
  call(...parameters: readonly string[]): Promise<Ended> {
    return run(process.execPath, [this.#entry, ...parameters], { cwd: this.folder, env: { ...this.env } })
  }

  /** The same with other variables of the environment beside. */
  callWith(env: Readonly<Record<string, string>>, ...parameters: readonly string[]): Promise<Ended> {
    return run(process.execPath, [this.#entry, ...parameters], { cwd: this.folder, env: { ...this.env, ...env } })
  }

  /** What it printed; it must exit 0. */
  async succeed(...parameters: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...parameters)
    if (code === 0) return stdout
    throw new Error(`regatta ${parameters.join(" ")} exited with ${code}:\n${stdout}\n${stderr}`)
  }

  async json<T>(...parameters: readonly string[]): Promise<T> {
    return JSON.parse(await this.succeed(...parameters, "-o", "json")) as T
  }

  async state(): Promise<EmulatorState> {
    return (await (await fetch(`${this.endpoint}/_regatta/state`)).json()) as EmulatorState
  }

  async control(method: string, path: string, body: unknown = {}): Promise<void> {
    const answer = await fetch(`${this.endpoint}/_regatta/${path}`, { method, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#emulator.once("close", done))
    this.#emulator.kill("SIGTERM")
    await ended
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function firstLine(emulator: ChildProcess) {
  if (emulator.stdout === null) throw new Error("the emulator has no stdout")
  for await (const line of createInterface({ input: emulator.stdout })) {
    return JSON.parse(line) as { readonly endpoint: string; readonly environment: Readonly<Record<string, string>> }
  }
  throw new Error("the emulator ended before it listened")
}

const BUCKETS = `buckets:
${REGIONS.map(
  (region) => `  imagenet-${region}:
    region: ${region}
    objects: {train/part-0.tfrecord: one, train/part-1.tfrecord: two}
  artifacts-${region}: {region: ${region}}
  sagemaker-${region}-${ACCOUNT}: {region: ${region}}`,
).join("\n")}
`

/** The beginning of a regatta.yaml that suits the emulated account. */
export const ACCOUNT_SETTINGS = `on: aws
home: ${HOME}
account: "${ACCOUNT}"
table: dynamodb:regatta
batch:
  queue: regatta
  image: ${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/regatta-worker:1
  job_role: arn:aws:iam::${ACCOUNT}:role/RegattaWorker
  execution_role: arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole
`

const SETTINGS = `${ACCOUNT_SETTINGS}defaults:
  role: arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  output: s3://artifacts-{region}/out/
  instance_type: ml.p3.16xlarge
  instance_count: 2
  max_runtime: 1h
  metric.accuracy: "accuracy=([0-9.]+)"
`
