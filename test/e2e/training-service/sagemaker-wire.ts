import { setTimeout as delay } from "node:timers/promises"
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs"
import { SageMakerClient } from "@aws-sdk/client-sagemaker"
import { ByRegion, clientOptions } from "../../../src/adapters/aws/client-options.ts"
import { CloudWatchJobLogs } from "../../../src/adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts"
import { SageMakerTraining } from "../../../src/adapters/training-service/sagemaker/sagemaker-training.ts"
import type { FaultRule } from "../../../src/core/config/fault-rules.ts"
import { AWS_TIMING } from "../../../src/core/decision/policy.ts"
import type { Attempt } from "../../../src/core/decision/row.ts"
import { jobName } from "../../../src/core/run/names.ts"
import { Dispatcher } from "../../../src/emulator/dispatcher.ts"
import { Faults } from "../../../src/emulator/faults.ts"
import { listen } from "../../../src/emulator/http-server.ts"
import { ModelClock } from "../../../src/emulator/model-clock.ts"
import { RequestCounts } from "../../../src/emulator/request-counts.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { Chance } from "../../../src/simulation/chance.ts"
import { LogsModel } from "../../../src/simulation/logs/logs-model.ts"
import { SageMakerModel, type SageMakerOptions } from "../../../src/simulation/sagemaker/sagemaker-model.ts"
import type { TrainingCourse, TrainingWorld } from "../../../src/simulation/sagemaker/training-world.ts"
import { Throttles } from "../../../src/simulation/throttles.ts"
import { anAttempt, aPlace, aRun, aSpec, aWorld } from "../../builders.ts"
import { ACCOUNT, aCourse, Objects } from "../../unit/simulation/sagemaker/training-bed.ts"

/** Model time runs so many times as fast as real time: a claim's minute is a second and a half. */
const SPEED = 40

interface WireChange extends Partial<Pick<SageMakerOptions, "listFilters">> {
  readonly course?: Partial<TrainingCourse>
  readonly world?: Partial<TrainingWorld>
  readonly tries?: number
}

/** The adapters with the SDK's own clients, over the wire, against the models of SageMaker and CloudWatch Logs. */
export async function sageMakerOverTheWire({ course, world, tries = 4, ...options }: WireChange = {}) {
  const modelClock = new ModelClock({ now: () => Date.now() }, SPEED)
  const clock: Clock = {
    now: () => modelClock.now(),
    async sleep(until, signal) {
      await delay(modelClock.realMsUntil(until), undefined, signal === undefined ? {} : { signal }).catch(() => {})
    },
  }
  const logsModel = new LogsModel({ hasEmptyPages: true, account: ACCOUNT })
  const model = new SageMakerModel({
    objects: new Objects(),
    logs: logsModel,
    world: {
      account: ACCOUNT,
      offers: () => true,
      quota: () => 100,
      isAssumable: () => true,
      hasImage: () => true,
      courseOf: () => aCourse(course),
      ...world,
    },
    ...options,
  })
  const faults = new Faults([], new Chance(1), modelClock.startedAt)
  const counts = new RequestCounts()
  const dispatcher = new Dispatcher({
    account: {
      handle(service, request, now) {
        if (service === "sagemaker") return model.handle(request, now)
        if (service !== "logs") return null
        model.settleLogs(now)
        return logsModel.handle(request, now)
      },
      caller: () => ({ account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/a` }),
      due: () => model.due(),
      advance: (now) => void model.advance(now),
    },
    clock: modelClock,
    faults,
    counts,
    throttles: new Throttles([]),
    forward: () => null,
    changed: () => {},
  })
  const server = await listen(0, (request) => dispatcher.answer(request))
  const reach = {
    endpoint: `http://127.0.0.1:${server.port}`,
    credentials: { accessKeyId: "made-up", secretAccessKey: "key" },
  }
  const creating = new ByRegion((region) => new SageMakerClient({ ...clientOptions(region, 1), ...reach }))
  const asking = new ByRegion((region) => new SageMakerClient({ ...clientOptions(region, tries), ...reach }))
  const logClients = new ByRegion((region) => new CloudWatchLogsClient({ ...clientOptions(region, tries), ...reach }))
  const adapterWorld = aWorld({ clock })
  const settle = AWS_TIMING.settle
  const training = () => new SageMakerTraining({ creating, asking, world: adapterWorld, settle })
  const describing = training()
  return {
    clock,
    asking,
    counts,
    training,
    logs: new CloudWatchJobLogs({
      clients: logClients,
      describe: (run, attempt) => describing.describe(run, attempt),
      clock,
      timing: AWS_TIMING,
    }),
    faults: (...rules: readonly FaultRule[]) => faults.replace(rules),
    /** A claim of a row of `aRun()`, made now. */
    claim(index = 0, difference: Partial<Attempt> = {}): Attempt {
      const now = clock.now()
      const name = jobName(aRun().run, index, difference.number ?? 1)
      return anAttempt({
        jobName: name,
        held: { place: aPlace({ instances: 2 }), usd: null },
        claimedAt: now,
        sendBy: now + AWS_TIMING.sendWindow,
        waitingSince: now,
        ...difference,
      })
    },
    async close() {
      for (const clients of [creating, asking, logClients]) clients.destroy()
      await server.close()
    },
  }
}

export type OverTheWire = Awaited<ReturnType<typeof sageMakerOverTheWire>>

/** A row that the model's world accepts, in us-east-1. */
export function aTrainableSpec(index = 0) {
  return aSpec({
    index,
    role: `arn:aws:iam::${ACCOUNT}:role/Trainer`,
    trains: { kind: "image", image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/trainer:1` },
    output: "s3://out-us-east-1/runs/",
    metrics: { loss: "loss=([0-9.]+)" },
  })
}
