// SageMaker's machines as a training service of this machine: fetches a job's inputs from the modelled S3, lets it be trained,
// passes its log on, and reports its end with what it left. One state folder per job and pass; nothing is kept of it afterwards.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { resolveStorage } from "../../core/job/storage-map.ts"
import type { JobEnd } from "../../core/job/training-job.ts"
import type { JobLogs } from "../../ports/job-logs.ts"
import type { TrainingService } from "../../ports/training-service.ts"
import type { Clock } from "../../ports/world.ts"
import type { TrainingEffect, TrainingOutcome } from "../../simulation/sagemaker/training-effect.ts"
import { s3Place, type TrainingRequest } from "../../simulation/sagemaker/training-request.ts"
import { type TrainingRow, trainingRow } from "./training-row.ts"

/** Between two looks at a job that trains, in real time. */
const LOOK_MS = 200

/** A training service and its logs, whose state is in this folder. */
export type OpenTraining = (stateFolder: string) => { readonly training: TrainingService; readonly logs: JobLogs }

export interface JobTrainerOptions {
  /** Absolute; each training has a folder below it. */
  readonly folder: string
  /** Real time. */
  readonly clock: Clock
  readonly open: OpenTraining
  readonly store: {
    read(bucket: string, key: string): Uint8Array | null
    list(bucket: string, prefix: string): readonly string[]
    write(bucket: string, key: string, bytes: Uint8Array): void
  }
  /** `host` from 1. */
  readonly onLine: (region: string, job: string, host: number, text: string) => void
  readonly onEnd: (region: string, job: string, outcome: TrainingOutcome) => void
}

interface Running {
  readonly row: TrainingRow
  readonly training: TrainingService
  readonly done: Promise<void>
  readonly gone: AbortController
}

type TrainEffect = Extract<TrainingEffect, { readonly kind: "train" }>

export class JobTrainer {
  readonly #options: JobTrainerOptions
  readonly #running = new Map<string, Running>()
  #isClosed = false

  constructor(options: JobTrainerOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#running.size
  }

  /** What is told to stop has the training service's own grace; there is no harder way to end it. */
  perform(effect: TrainingEffect): void {
    if (effect.kind === "train") this.#train(effect)
    else void this.#stop(this.#running.get(keyOf(effect)))
  }

  /** Ends every training and waits for it; none is started afterwards, and nothing more is reported. */
  async close(): Promise<void> {
    this.#isClosed = true
    const all = [...this.#running.values()]
    await Promise.all(all.map((running) => this.#stop(running)))
    await Promise.all(all.map(({ done }) => done))
  }

  #train(effect: TrainEffect): void {
    if (this.#isClosed) return
    const { folder, clock, open } = this.#options
    const stateFolder = join(folder, effect.region, `${effect.job}-${effect.pass}`)
    mkdirSync(stateFolder, { recursive: true })
    const { training, logs } = open(stateFolder)
    const row = trainingRow(effect.region, effect.request, clock.now(), (uri) => this.#bytes(uri)?.length ?? null)
    const gone = new AbortController()
    const done = this.#carry(effect, stateFolder, training, logs, row, gone.signal)
      .catch((error: unknown) => failed(effect.pass, `InternalServerError: ${String(error)}`))
      .then((outcome) => {
        gone.abort()
        this.#running.delete(keyOf(effect))
        rmSync(stateFolder, { recursive: true, force: true, maxRetries: 5 })
        if (!this.#isClosed) this.#options.onEnd(effect.region, effect.job, outcome)
      })
    this.#running.set(keyOf(effect), { row, training, done, gone })
  }

  async #stop(running: Running | undefined): Promise<void> {
    if (running !== undefined) await running.training.stop(running.row.run, running.row.attempt)
  }

  async #carry(
    { region, job, pass, request }: TrainEffect,
    stateFolder: string,
    training: TrainingService,
    logs: JobLogs,
    row: TrainingRow,
    signal: AbortSignal,
  ): Promise<TrainingOutcome> {
    if (request.OutputDataConfig.CompressionType === "NONE")
      return failed(pass, "ClientError: the emulator trains no job whose artifact is not compressed")
    this.#fetch(request, stateFolder)
    const created = await training.create(row.run, row.spec, row.attempt, signal)
    if (created.kind === "refused") return failed(pass, `ClientError: ${created.reason}`)
    const reading = this.#passLog(region, job, logs, row, signal)
    const end = await this.#end(training, row)
    await reading
    this.#storeCheckpoints(request, stateFolder)
    return outcomeOf(pass, end, uploadsOf(request, stateFolder))
  }

  async #end(training: TrainingService, { run, attempt }: TrainingRow): Promise<JobEnd> {
    const { clock } = this.#options
    for (;;) {
      const seen = await training.describe(run, attempt)
      if (seen.kind === "job" && seen.job.end !== null) return seen.job.end
      if (seen.kind === "absent" || seen.kind === "foreign") throw new Error(`the training is ${seen.kind}`)
      await clock.sleep(clock.now() + LOOK_MS)
    }
  }

  async #passLog(region: string, job: string, logs: JobLogs, row: TrainingRow, signal: AbortSignal): Promise<void> {
    for await (const { host, text } of logs.read(row.run, row.attempt, { follow: true, tail: null }, signal)) {
      this.#options.onLine(region, job, Number(host.replace(/^algo-/, "")) || 1, text)
    }
  }

  /** Code, channels and checkpoints lie in the folder as in S3: below the names of their buckets. */
  #fetch(request: TrainingRequest, stateFolder: string): void {
    const { store } = this.#options
    for (const uri of inputsOf(request)) {
      const place = s3Place(uri)
      for (const key of place === null ? [] : store.list(place.bucket, place.key)) {
        const file = fileOf(stateFolder, `s3://${place?.bucket}/${key}`)
        const bytes = store.read(place?.bucket ?? "", key)
        if (file === null || bytes === null || key.endsWith("/")) continue
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, bytes)
      }
    }
  }

  #storeCheckpoints({ CheckpointConfig }: TrainingRequest, stateFolder: string): void {
    const place = CheckpointConfig === undefined ? null : s3Place(CheckpointConfig.S3Uri)
    if (place === null) return
    const below = place.key.replace(/\/+$/, "")
    for (const { name, bytes } of filesBelow(fileOf(stateFolder, `s3://${place.bucket}/${below}`)))
      this.#options.store.write(place.bucket, below === "" ? name : `${below}/${name}`, bytes)
  }

  #bytes(uri: string): Uint8Array | null {
    const place = s3Place(uri)
    return place === null ? null : this.#options.store.read(place.bucket, place.key)
  }
}

function keyOf({ region, job, pass }: Pick<TrainingEffect, "region" | "job" | "pass">): string {
  return `${region} ${job} ${pass}`
}

function inputsOf(request: TrainingRequest): readonly string[] {
  const code = request.HyperParameters?.["sagemaker_submit_directory"]?.replaceAll('"', "")
  const channels = (request.InputDataConfig ?? []).flatMap(({ DataSource }) => DataSource.S3DataSource?.S3Uri ?? [])
  const checkpoints = request.CheckpointConfig?.S3Uri
  return [code, checkpoints, ...channels].filter((uri) => uri?.startsWith("s3://") === true) as readonly string[]
}

/** null: no file can have this name. */
function fileOf(stateFolder: string, uri: string): string | null {
  return resolveStorage(uri, {}, join(stateFolder, "storage"))
}

function uploadsOf({ OutputDataConfig, TrainingJobName }: TrainingRequest, stateFolder: string) {
  const output = `${OutputDataConfig.S3OutputPath.replace(/\/+$/, "")}/${TrainingJobName}/output`
  return filesBelow(fileOf(stateFolder, output))
}

function filesBelow(folder: string | null): TrainingOutcome["uploads"] {
  if (folder === null) return []
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ name: relative(folder, file), bytes: readFileSync(file) }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

function failed(pass: number, failure: string): TrainingOutcome {
  return { pass, exitCode: 1, failure, uploads: [] }
}

/** Prefixes of SageMaker's failure reasons, by what brought the end about. */
const PREFIX: Partial<Readonly<Record<JobEnd["cause"], string>>> = {
  algorithm: "AlgorithmError: ",
  client: "ClientError: ",
  service: "InternalServerError: ",
}

function outcomeOf(pass: number, end: JobEnd, uploads: TrainingOutcome["uploads"]): TrainingOutcome {
  switch (end.status) {
    case "completed":
      return { pass, exitCode: 0, failure: null, uploads }
    case "stopped":
      // Of SIGTERM: the model knows why it ended.
      return { pass, exitCode: 143, failure: null, uploads }
    case "failed":
      return { pass, exitCode: 1, failure: `${PREFIX[end.cause] ?? ""}${end.reason}`, uploads }
    default:
      return end.status satisfies never
  }
}
