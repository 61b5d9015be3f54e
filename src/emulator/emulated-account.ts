// The modelled services as the server sees them: a modelled account with S3, Batch and DynamoDB, from a world.
// It performs no effects: what is to happen outside is handed on.
import { SERVICES, type ServiceId, type World } from "../core/config/world-file.ts"
import type { Instant } from "../core/ids.ts"
import { seedOf } from "../simulation/account/seed-of.ts"
import { BatchModel } from "../simulation/batch/batch-model.ts"
import type { BatchPace } from "../simulation/batch/batch-region.ts"
import type { BatchEffect } from "../simulation/batch/effect.ts"
import { DynamoDbModel } from "../simulation/dynamodb/dynamodb-model.ts"
import { ModelledAccount } from "../simulation/modelled-account.ts"
import { S3Model } from "../simulation/s3/s3-model.ts"
import type { TrainingEffect } from "../simulation/sagemaker/training-effect.ts"
import type { ModelledCaller, ServiceAnswer, ServiceRequest } from "../simulation/service-model.ts"

export type AccountEffect = BatchEffect | TrainingEffect

export interface AccountOptions {
  readonly world: World
  readonly seed: number
  readonly startedAt: Instant
  readonly pace: Partial<BatchPace>
  /** "outside": training jobs are trained by whoever gets the effects. */
  readonly trains: "course" | "outside"
  readonly onEffect: (effect: AccountEffect) => void
}

/** Access key of what Batch starts; every other key is the world's caller. */
export const WORKER_KEY = "emulated-worker"

/** A world that names no queue has this one in every region, with the places of a new account on Fargate (6 vCPUs). */
const DEFAULT_QUEUE = { name: "regatta", vcpus: 6 }

export class EmulatedAccount {
  readonly s3 = new S3Model()
  readonly batch: BatchModel
  readonly modelled: ModelledAccount<BatchEffect>
  readonly #tables = new DynamoDbModel()
  readonly #onEffect: (effect: AccountEffect) => void

  constructor({ world, seed, startedAt, pace, trains, onEffect }: AccountOptions) {
    const account = world.account ?? "123456789012"
    const queue = world.queues === undefined ? { defaultQueue: DEFAULT_QUEUE } : {}
    // A table may outlive the emulator: jobs of its next start must not have the ids of this one.
    this.batch = new BatchModel({ account, seed: seedOf(seed, startedAt), pace, ...queue })
    for (const [name, { region, vcpus }] of Object.entries(world.queues ?? {})) {
      this.batch.addQueue(region, name, vcpus ?? DEFAULT_QUEUE.vcpus)
    }
    this.modelled = new ModelledAccount({ ...world, seed }, { s3: this.s3, batch: this.batch, trains })
    this.#onEffect = onEffect
  }

  get id(): string {
    return this.modelled.world.account
  }

  /** null: no such service is modelled. */
  handle(service: string, request: ServiceRequest, now: Instant): ServiceAnswer | null {
    if (service === "dynamodb") return this.#tables.handle(request, now)
    return isService(service) ? this.modelled.handle(service, request, now) : null
  }

  caller(accessKey: string): ModelledCaller {
    if (accessKey !== WORKER_KEY) return this.modelled.caller
    return { account: this.id, arn: `arn:aws:sts::${this.id}:assumed-role/regatta-worker/emulated` }
  }

  due(): Instant | null {
    return this.modelled.due()
  }

  /** Brings everything up to `now`, and hands on what is to happen outside. */
  advance(now: Instant): void {
    for (const effect of this.modelled.advance(now)) this.#onEffect(effect)
  }
}

function isService(name: string): name is ServiceId {
  return SERVICES.some((each) => each === name)
}
