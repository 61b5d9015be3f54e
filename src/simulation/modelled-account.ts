// One AWS account with all its services and regions, made from a world and driven by whoever knows the time.
// S3 and Batch are handed in; it applies no faults and no throttles: those belong to the way to a service.
import type { ServiceId, World } from "../core/config/world-file.ts"
import type { Instant } from "../core/ids.ts"
import { EcrModel } from "./account/ecr-model.ts"
import { IamModel } from "./account/iam-model.ts"
import { type ChangeCourse, ModelledWorld } from "./account/modelled-world.ts"
import { PricingModel } from "./account/pricing-model.ts"
import { QuotasModel } from "./account/quotas-model.ts"
import { StsModel } from "./account/sts-model.ts"
import { Chance } from "./chance.ts"
import { EventBus, type EventFault, type EventOdds } from "./events/event-bus.ts"
import { LogsModel } from "./logs/logs-model.ts"
import { type OtherUsers, SageMakerModel } from "./sagemaker/sagemaker-model.ts"
import type { TrainingEffect } from "./sagemaker/training-effect.ts"
import { SchedulerModel } from "./scheduler/scheduler-model.ts"
import type {
  LivingModel,
  ModelledCaller,
  ModelledLogs,
  ModelledObjects,
  ServiceAnswer,
  ServiceModel,
  ServiceRequest,
} from "./service-model.ts"
import { SnsModel } from "./sns/sns-model.ts"
import { SqsModel } from "./sqs/sqs-model.ts"

export interface AccountParts<BatchEffect> {
  readonly s3: ServiceModel & ModelledObjects
  readonly batch?: LivingModel<BatchEffect>
  /** "outside": training jobs are trained by a driver, by effects. */
  readonly trains?: "course" | "outside"
  readonly others?: OtherUsers
  readonly changedCourse?: ChangeCourse
  /** Where training jobs write their lines; missing: CloudWatch Logs, where they can be read. */
  readonly jobLines?: ModelledLogs
  /** In place of what the world says of its events; and who is told what befell one. */
  readonly eventOdds?: (now: Instant) => EventOdds
  readonly onEventFault?: (fault: EventFault) => void
}

/** Services whose errors have the older names. */
const OLDER_NAMES: ReadonlySet<ServiceId> = new Set(["s3", "iam", "sts", "sns"])

export class ModelledAccount<BatchEffect = never> {
  readonly world: ModelledWorld
  readonly sagemaker: SageMakerModel
  readonly logs: LogsModel
  readonly s3: ServiceModel & ModelledObjects
  readonly sqs: SqsModel
  readonly sns: SnsModel
  readonly #batch: LivingModel<BatchEffect> | null
  readonly #scheduler: SchedulerModel | null
  readonly #services: ReadonlyMap<ServiceId, ServiceModel>

  constructor(world: World, parts: AccountParts<BatchEffect>) {
    const { s3, batch, trains = "course", others, jobLines, changedCourse } = parts
    this.world = new ModelledWorld(world, changedCourse ?? null)
    this.s3 = s3
    this.#batch = batch ?? null
    this.logs = new LogsModel({ hasEmptyPages: world.empty_log_pages ?? false, account: this.world.account })
    this.sns = new SnsModel(this.world.account)
    this.sqs = new SqsModel(this.world.account, world.seed ?? 1)
    const bus = busOf(world, this.world.account, this.sqs, parts)
    this.sagemaker = new SageMakerModel({
      world: this.world,
      objects: s3,
      logs: jobLines ?? this.logs,
      trains,
      ...(others === undefined ? {} : { others }),
      ...(bus === null ? {} : { onChange: (job, at) => bus.tell(job, at) }),
      listFilters: world.list_filters ?? "before-cut",
    })
    const services: readonly (readonly [ServiceId, ServiceModel])[] = [
      ["sagemaker", this.sagemaker],
      ["logs", this.logs],
      ["sts", new StsModel()],
      ["servicequotas", new QuotasModel(this.world)],
      ["pricing", new PricingModel(this.world)],
      ["ecr", new EcrModel(this.world)],
      ["iam", new IamModel(this.world)],
      ["s3", s3],
      ["sqs", this.sqs],
      ["sns", this.sns],
    ]
    this.#scheduler =
      batch === undefined
        ? null
        : new SchedulerModel({ world: this.world, submit: (job, now) => batch.handle(job, now) })
    const withBatch = batch === undefined ? [] : ([["batch", batch]] as const)
    const withScheduler = this.#scheduler === null ? [] : ([["scheduler", this.#scheduler]] as const)
    this.#services = new Map<ServiceId, ServiceModel>([...services, ...withBatch, ...withScheduler])
  }

  /** Who calls, where a request does not say: the world's. */
  get caller(): ModelledCaller {
    return { account: this.world.account, arn: this.world.caller }
  }

  handle(service: ServiceId, request: ServiceRequest, now: Instant): ServiceAnswer {
    const model = this.#services.get(service)
    if (model === undefined) return refusal("UnknownService", `the emulator has no service ${service}`, 404)
    if (!this.world.isEnabled(request.region)) {
      // What an account's credentials get where they are not known.
      const name = OLDER_NAMES.has(service) ? "InvalidClientTokenId" : "UnrecognizedClientException"
      return refusal(name, "The security token included in the request is invalid.", 403)
    }
    const denied = actionsOf(service, request.operation).find((action) => this.world.isDenied(action))
    if (denied !== undefined) {
      const name = OLDER_NAMES.has(service) ? "AccessDenied" : "AccessDeniedException"
      const text = `User: ${request.caller.arn} is not authorized to perform: ${denied} on resource: * with an explicit deny`
      return refusal(name, text, OLDER_NAMES.has(service) ? 403 : 400)
    }
    // Jobs write logs and objects as time passes: both must be as they are now.
    if (service === "logs") this.sagemaker.settleLogs(now)
    else if (service === "s3" || service === "sqs") this.sagemaker.settle(now)
    return model.handle(request, now)
  }

  /** The next moment at which something happens by itself; null: nothing will. */
  due(): Instant | null {
    const times = [this.sagemaker.due(), this.#batch?.due() ?? null, this.#scheduler?.due() ?? null].filter(
      (each) => each !== null,
    )
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Brings all services up to `now`; what is to be done outside comes out, each once. */
  advance(now: Instant): readonly (TrainingEffect | BatchEffect)[] {
    // What a schedule submits begins at once.
    this.#scheduler?.advance(now)
    return [...this.sagemaker.advance(now), ...(this.#batch?.advance(now) ?? [])]
  }
}

/** How late an event is that comes late, where a world does not say, in seconds. */
const LATE_SECONDS = [60, 600] as const

/** null: the world has no events. */
function busOf(
  { events, seed = 1 }: World,
  account: string,
  sqs: SqsModel,
  { eventOdds, onEventFault }: Pick<AccountParts<never>, "eventOdds" | "onEventFault">,
): EventBus | null {
  if (events === undefined) return null
  const { lost = 0, duplicated = 0, late = 0, delay = LATE_SECONDS } = events
  const odds: EventOdds = { lost, duplicated, late, lateMs: [delay[0] * 1000, delay[1] * 1000] }
  return new EventBus({
    account,
    queue: sqs.queue(events.region, events.queue),
    chance: new Chance(seed + 9_000_011),
    odds: eventOdds ?? (() => odds),
    ...(onEventFault === undefined ? {} : { onFault: onEventFault }),
  })
}

const TAGGED: ReadonlySet<string> = new Set(
  ["CreateTransformJob", "CreateEndpointConfig", "CreateEndpoint"].map((operation) => `sagemaker:${operation}`),
)

/** The actions of IAM that a request needs: whoever creates a job passes its role, and tags need a right of their own. */
function actionsOf(service: ServiceId, operation: string): readonly string[] {
  const action = `${service}:${operation.replace(/^(DeleteMessage|SendMessage)Batch$/, "$1")}`
  if (TAGGED.has(action)) return [action, "sagemaker:AddTags"]
  if (action === "scheduler:CreateSchedule" || action === "scheduler:UpdateSchedule") return [action, "iam:PassRole"]
  const isRoleGiven = action === "sagemaker:CreateTrainingJob" || action === "sagemaker:CreateModel"
  return isRoleGiven ? [action, "iam:PassRole", "sagemaker:AddTags"] : [action]
}

function refusal(name: string, message: string, status: number): ServiceAnswer {
  return { ok: false, fault: { name, message, status } }
}
