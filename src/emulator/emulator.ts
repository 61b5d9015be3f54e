// The emulator: models of AWS's services behind the real wire protocols, many regions behind one port of this machine.
// It reaches no other machine, checks no signature, and forgets everything when it ends.
import { join } from "node:path"
import type { FaultRule, ThrottleRule } from "../core/config/fault-rules.ts"
import type { ChildProcesses } from "../ports/child-processes.ts"
import type { Clock } from "../ports/world.ts"
import { BatchModel } from "../simulation/batch/batch-model.ts"
import type { BatchPace } from "../simulation/batch/batch-region.ts"
import { Chance } from "../simulation/chance.ts"
import { DynamoDbModel } from "../simulation/dynamodb/dynamodb-model.ts"
import { S3Model } from "../simulation/s3/s3-model.ts"
import type { ServiceModel } from "../simulation/service-model.ts"
import type { ChildCommand } from "./child-command.ts"
import { Control } from "./control.ts"
import { Dispatcher } from "./dispatcher.ts"
import { BatchChildren } from "./driver/batch-children.ts"
import { ClockLoop } from "./driver/clock-loop.ts"
import type { EmulatedAccount } from "./emulated-account.ts"
import { Faults } from "./faults.ts"
import { forwardTo } from "./forward.ts"
import { listen } from "./http-server.ts"
import { ModelClock } from "./model-clock.ts"
import { RequestCounts } from "./request-counts.ts"
import { Throttles } from "./throttles.ts"

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
  readonly account: string
  /** URL of a DynamoDB Local that serves the tables; null: the model does. */
  readonly dynamodb: string | null
  readonly faults: readonly FaultRule[]
  readonly throttles?: readonly ThrottleRule[]
  readonly pace?: Partial<BatchPace>
}

export interface Emulator {
  readonly endpoint: string
  /** For whoever is to use it in the place of AWS. */
  readonly environment: Readonly<Record<string, string>>
  readonly s3: S3Model
  readonly batch: BatchModel
  /** Stops to listen, and ends every child. */
  close(): Promise<void>
}

/** Access key of the children; every other one is a user of the account. */
const WORKER_KEY = "emulated-worker"
const USER_KEY = "emulated-user"
const REGION = "us-east-1"
/** A child that is told to end because we end has this long. */
const GRACE_MS = 5_000

/** Errors: `conflict` (the port is in use), `usage` (a URL that is not of this machine). */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { account: accountId, seed, speed } = options
  const clock = new ModelClock(options.clock, speed)
  const s3 = new S3Model()
  const batch = new BatchModel({
    account: accountId,
    seed,
    ...(options.pace === undefined ? {} : { pace: options.pace }),
  })
  const faults = new Faults(options.faults, new Chance(seed), clock.startedAt)
  const counts = new RequestCounts()
  let endpoint = ""
  const children = new BatchChildren({
    processes: options.processes,
    command: options.command,
    environment: (region) => ({ ...options.hostEnvironment, ...environmentOf(endpoint, region, speed, WORKER_KEY) }),
    logs: { append: () => {} },
    folder: join(options.folder, "children"),
    now: () => clock.now(),
    onEnd(end) {
      batch.ended(end, clock.now())
      loop.wake()
    },
  })
  const services: Readonly<Record<string, ServiceModel>> = { s3, batch, dynamodb: new DynamoDbModel() }
  const account: EmulatedAccount = {
    handle: (service, request, now) => services[service]?.handle(request, now) ?? null,
    caller: (accessKey) => callerOf(accountId, accessKey),
    due: () => batch.due(),
    advance(now) {
      for (const effect of batch.advance(now)) children.perform(effect)
    },
  }
  const loop = new ClockLoop(clock, account)
  const forward = options.dynamodb === null ? null : forwardTo(options.dynamodb)
  const dispatcher = new Dispatcher({
    account,
    clock,
    faults,
    throttles: new Throttles(options.throttles ?? []),
    counts,
    forward: (service, request) => (service === "dynamodb" && forward !== null ? forward(request) : null),
    changed: () => loop.wake(),
  })
  const control = new Control({
    s3,
    batch,
    faults,
    counts,
    clock,
    children,
    account: accountId,
    changed: () => loop.wake(),
  })
  const server = await listen(options.port, (request) => control.answer(request) ?? dispatcher.answer(request))
  endpoint = `http://127.0.0.1:${server.port}`
  loop.wake()
  return {
    endpoint,
    environment: environmentOf(endpoint, REGION, speed, USER_KEY),
    s3,
    batch,
    async close() {
      loop.close()
      await children.close(GRACE_MS)
      await server.close()
    },
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

function callerOf(account: string, accessKey: string) {
  const isWorker = accessKey === WORKER_KEY
  const name = isWorker ? "assumed-role/regatta-worker/emulated" : "user/emulated"
  return { account, arn: `arn:aws:${isWorker ? "sts" : "iam"}::${account}:${name}` }
}
