import { SageMakerModel, type SageMakerOptions } from "../../../../src/simulation/sagemaker/sagemaker-model.ts"
import type { TrainingEffect } from "../../../../src/simulation/sagemaker/training-effect.ts"
import type { TrainingCourse, TrainingWorld } from "../../../../src/simulation/sagemaker/training-world.ts"
import type { ModelledLogs, ModelledObjects, ServiceAnswer } from "../../../../src/simulation/service-model.ts"

export const START = Date.UTC(2026, 0, 1)
export const REGION = "us-east-1"
export const ACCOUNT = "123456789012"
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Trainer`

type Input = Readonly<Record<string, unknown>>

/** A request that nothing is wrong with; a test states the difference. */
export function aRequest(change: Input = {}): Input {
  return {
    TrainingJobName: "row-1",
    AlgorithmSpecification: {
      TrainingImage: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/trainer:1`,
      TrainingInputMode: "File",
    },
    RoleArn: ROLE,
    InputDataConfig: [aChannel()],
    OutputDataConfig: { S3OutputPath: "s3://out-us-east-1/runs/" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    ...change,
  }
}

export function aChannel(s3: Input = {}, change: Input = {}): Input {
  return {
    ChannelName: "train",
    DataSource: {
      S3DataSource: {
        S3DataType: "S3Prefix",
        S3Uri: "s3://data-us-east-1/train/",
        S3DataDistributionType: "FullyReplicated",
        ...s3,
      },
    },
    ...change,
  }
}

export function aCourse(change: Partial<TrainingCourse> = {}): TrainingCourse {
  return {
    pendingSeconds: 5,
    startingSeconds: 10,
    downloadingSeconds: 20,
    trainingSeconds: 100,
    uploadingSeconds: 5,
    stoppingSeconds: 30,
    interruptions: [],
    internalErrors: [],
    end: { kind: "completed" },
    logLines: ["epoch 1 loss=0.5", "epoch 2 loss=0.25"],
    spotSaving: 0.7,
    artifact: { "model.txt": "weights" },
    ...change,
  }
}

/** Objects by `bucket/key`; buckets are named after their region. */
export class Objects implements ModelledObjects {
  readonly stored = new Map<string, Uint8Array>([["data-us-east-1/train/a.csv", Buffer.from("1,2\n")]])

  bucketRegion(bucket: string): string | null {
    return /^[a-z]+-((?:us|eu)-[a-z]+-\d)$/.exec(bucket)?.[1] ?? null
  }

  hasObjects(bucket: string, prefix: string): boolean {
    return [...this.stored.keys()].some((key) => key.startsWith(`${bucket}/${prefix}`))
  }

  read(bucket: string, key: string): Uint8Array | null {
    return this.stored.get(`${bucket}/${key}`) ?? null
  }

  list(bucket: string, prefix: string): readonly string[] {
    const keys = [...this.stored.keys()].filter((key) => key.startsWith(`${bucket}/${prefix}`))
    return keys.map((key) => key.slice(bucket.length + 1))
  }

  put(bucket: string, key: string, bytes: Uint8Array): void {
    this.stored.set(`${bucket}/${key}`, bytes)
  }
}

class Lines implements ModelledLogs {
  readonly streams = new Map<string, { readonly at: number; readonly message: string }[]>()

  append(region: string, group: string, stream: string, lines: readonly { at: number; message: string }[]): void {
    const key = `${region} ${group} ${stream}`
    this.streams.set(key, [...(this.streams.get(key) ?? []), ...lines])
  }
}

interface BedChange extends Partial<Pick<SageMakerOptions, "trains" | "listFilters">> {
  readonly course?: Partial<TrainingCourse>
  readonly world?: Partial<TrainingWorld>
}

/** A model with one region's data, driven by seconds since START. */
export class TrainingBed {
  readonly objects = new Objects()
  readonly logs = new Lines()
  readonly model: SageMakerModel

  constructor({ course, world, ...options }: BedChange = {}) {
    this.model = new SageMakerModel({
      objects: this.objects,
      logs: this.logs,
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
  }

  call(operation: string, input: Input, second = 0, region = REGION): ServiceAnswer {
    const caller = { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/a` }
    return this.model.handle({ region, operation, input, caller }, START + second * 1000)
  }

  /** `null`: it was accepted; else the error. */
  create(change: Input = {}, second = 0, region = REGION): { readonly name: string; readonly message: string } | null {
    const answer = this.call("CreateTrainingJob", aRequest(change), second, region)
    return answer.ok ? null : answer.fault
  }

  describe(second: number, job = "row-1"): Input {
    const answer = this.call("DescribeTrainingJob", { TrainingJobName: job }, second)
    if (!answer.ok) throw new Error(answer.fault.message)
    return answer.output
  }

  effects(second: number): readonly TrainingEffect[] {
    return this.model.advance(START + second * 1000)
  }

  /** Status, secondary status, and seconds since START of each transition. */
  story(second: number, job = "row-1"): { readonly status: unknown; readonly transitions: readonly string[] } {
    const { TrainingJobStatus: status, SecondaryStatusTransitions: transitions } = this.describe(second, job)
    const listed = transitions as readonly { readonly Status: string; readonly StartTime: number }[]
    return { status, transitions: listed.map((each) => `${each.StartTime - START / 1000} ${each.Status}`) }
  }
}
