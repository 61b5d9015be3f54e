// The emulator: models of AWS's services behind the real wire protocols, many regions behind one port of this machine.
// It reaches no other machine, checks no signature, and forgets everything when it ends.
import { join } from "node:path"
import type { FaultRule, ThrottleRule } from "../core/config/fault-rules.ts"
import { EMPTY_WORLD, type World } from "../core/config/world-file.ts"
import type { ChildProcesses } from "../ports/child-processes.ts"
import type { Clock } from "../ports/world.ts"
import type { BatchModel } from "../simulation/batch/batch-model.ts"
import type { BatchPace } from "../simulation/batch/batch-region.ts"
import { Chance } from "../simulation/chance.ts"
import type { S3Model } from "../simulation/s3/s3-model.ts"
import { Throttles } from "../simulation/throttles.ts"
import type { ChildCommand } from "./child-command.ts"
import { Control } from "./control.ts"
import { Dispatcher, type Forward } from "./dispatcher.ts"
import { BatchChildren } from "./driver/batch-children.ts"
import { ClockLoop } from "./driver/clock-loop.ts"
import { JobTrainer, type OpenTraining } from "./driver/job-trainer.ts"
import { type AccountEffect, EmulatedAccount, WORKER_KEY } from "./emulated-account.ts"
import { Faults } from "./faults.ts"
import { fillBuckets } from "./fill-buckets.ts"
import { forwardTo } from "./forward.ts"
import { listen } from "./http-server.ts"
import { ModelClock } from "./model-clock.ts"
import { RequestCounts } from "./request-counts.ts"

export interface EmulatorOptions {
  readonly clock: Pick<Clock, "now">
  readonly processes: ChildProcesses
  readonly command: ChildCommand
  /** Of the host, for children: PATH, HOME and the like. */
  readonly hostEnvironment: Readonly<Record<string, string>>
  /** Output of children goes below it. */
  readonly folder: string
  /** 0: any free one. */
  readonly port: number
  /** Model time runs so many times as fast as real time. */
  readonly speed: number
  readonly seed: number
  /** What the account has; default: everything, and nothing in it. */
  readonly world?: World
  /** Where its relative paths begin. */
  readonly worldFolder?: string
  /** URL of a DynamoDB Local that serves the tables; null: the model does. */
  readonly dynamodb: string | null
  /** Beside the world's. */
  readonly faults?: readonly FaultRule[]
  readonly throttles?: readonly ThrottleRule[]
  readonly pace?: Partial<BatchPace>
  /** What trains the training jobs, by real time; missing or null: time alone passes for them. */
  readonly training?: { readonly open: OpenTraining; readonly clock: Clock } | null
}

export interface Emulator {
  readonly endpoint: string
  /** For whoever is to use it in the place of AWS. */
  readonly environment: Readonly<Record<string, string>>
  readonly account: EmulatedAccount
  readonly s3: S3Model
  readonly batch: BatchModel
  /** Stops to listen, and ends every child. */
  close(): Promise<void>
}

const USER_KEY = "emulated-user"
const REGION = "us-east-1"
/** A child that is told to end has at least this long, however fast model time runs: it is a real process of a busy machine. */
const GRACE_MS = 5_000
/** Batch's own, from SIGTERM to SIGKILL (source: AWS Batch User Guide, job timeouts and termination). */
const BATCH_GRACE_MS = 30_000

/** Errors: `conflict` (the port is in use), `usage` (a URL that is not of this machine). */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { seed, speed, world = EMPTY_WORLD } = options
  const clock = new ModelClock(options.clock, speed)
  const rules = [...(world.faults ?? []), ...(options.faults ?? [])]
  const faults = new Faults(rules, new Chance(seed), clock.startedAt)
  const throttles = new Throttles([...(world.throttles ?? []), ...(options.throttles ?? [])])
  const counts = new RequestCounts()
  const account = new EmulatedAccount({
    world,
    seed,
    startedAt: clock.startedAt,
    pace: { graceMs: Math.max(BATCH_GRACE_MS, GRACE_MS * speed), ...options.pace },
    trains: (options.training ?? null) === null ? "course" : "outside",
    onEffect: (effect) => perform(effect, children, trainer),
  })
  fillBuckets(account, world, options.worldFolder ?? "/", clock.now())
  const changed = () => loop.wake()
  let endpoint = ""
  const children = new BatchChildren({
    processes: options.processes,
    command: options.command,
    environment: (region) => ({ ...options.hostEnvironment, ...environmentOf(endpoint, region, speed, WORKER_KEY) }),
    logs: account.modelled.logs,
    folder: join(options.folder, "children"),
    now: () => clock.now(),
    onEnd(end) {
      account.batch.ended(end, clock.now())
      changed()
    },
  })
  const trainer = trainerOf(options, account, () => clock.now(), changed)
  const loop = new ClockLoop(clock, account)
  const forwarder = options.dynamodb === null ? null : forwardTo(options.dynamodb)
  const forward: Forward = (service, request) =>
    service === "dynamodb" && forwarder !== null ? forwarder(request) : null
  const dispatcher = new Dispatcher({ account, clock, faults, throttles, counts, forward, changed })
  const control = new Control({ account, faults, counts, clock, children, changed })
  const server = await listen(options.port, (request) => control.answer(request) ?? dispatcher.answer(request))
  endpoint = `http://127.0.0.1:${server.port}`
  changed()
  return {
    endpoint,
    environment: environmentOf(endpoint, REGION, speed, USER_KEY),
    account,
    s3: account.s3,
    batch: account.batch,
    async close() {
      loop.close()
      await Promise.all([children.close(GRACE_MS), trainer?.close()])
      await server.close()
    },
  }
}

function trainerOf(
  { training = null, folder }: EmulatorOptions,
  { s3, modelled }: EmulatedAccount,
  now: () => number,
  changed: () => void,
): JobTrainer | null {
  if (training === null) return null
  return new JobTrainer({
    ...training,
    folder: join(folder, "training"),
    store: {
      read: (bucket, key) => s3.read(bucket, key),
      list: (bucket, prefix) => s3.list(bucket, prefix),
      write: (bucket, key, bytes) => s3.put(bucket, key, bytes, now()),
    },
    onLine: (region, job, host, text) => modelled.sagemaker.logged(region, job, host, [text], now()),
    onEnd(region, job, outcome) {
      modelled.sagemaker.trained(region, job, outcome, now())
      changed()
    },
  })
}

function perform(effect: AccountEffect, children: BatchChildren, trainer: JobTrainer | null): void {
  switch (effect.kind) {
    case "start":
    case "terminate":
    case "kill":
      children.perform(effect)
      return
    case "train":
    case "stopTraining":
    case "killTraining":
      trainer?.perform(effect)
      return
    default:
      effect satisfies never
  }
}

function environmentOf(endpoint: string, region: string, speed: number, accessKey: string) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: "emulated",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // Nothing of the machine's own set-up may lead elsewhere.
    AWS_EC2_METADATA_DISABLED: "true",
    ...(speed > 1 ? { REGATTA_TIME_SCALE: String(1 / speed) } : {}),
  }
}
