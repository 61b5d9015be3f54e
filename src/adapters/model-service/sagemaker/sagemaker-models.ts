// Models and batch transforms in SageMaker, each in its own region.
// Deletes a model only when told its name, and takes what exists under a name for ours only where it is equal to what was asked.
import {
  CreateModelCommand,
  CreateTransformJobCommand,
  DeleteModelCommand,
  DescribeModelCommand,
  DescribeTransformJobCommand,
  type SageMakerClient,
  StopTransformJobCommand,
} from "@aws-sdk/client-sagemaker"
import type { ModelPlan } from "../../../core/job/model-plan.ts"
import type { TransformPlan, TransformState } from "../../../core/job/transform-plan.ts"
import type { ModelService } from "../../../ports/model-service.ts"
import type { PreparedRequest } from "../../../ports/request-preview.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsError, awsMessage } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { alreadyExists, isAbsent, refuseOther } from "../../aws/named-resource.ts"
import { within } from "../../aws/within.ts"
import { modelRequest, transformRequest } from "./request.ts"

export interface SageMakerModelsOptions {
  /** May repeat by themselves: a create whose answer was lost is told by its repetition that the name exists. */
  readonly clients: ByRegion<SageMakerClient>
  readonly clock: Clock
}

/** The longest that one call takes, repetitions included. */
const LONGEST_CALL_MS = 60_000

const STATUSES: Readonly<Record<string, TransformState["status"]>> = {
  InProgress: "running",
  Stopping: "stopping",
  Completed: "completed",
  Failed: "failed",
  Stopped: "stopped",
}

export class SageMakerModels implements ModelService {
  readonly #options: SageMakerModelsOptions

  constructor(options: SageMakerModelsOptions) {
    this.#options = options
  }

  prepareModel(model: ModelPlan): PreparedRequest {
    return { service: "sagemaker", operation: "CreateModel", request: modelRequest(model) }
  }

  async createModel(model: ModelPlan): Promise<"created" | "exists"> {
    const request = modelRequest(model)
    const what = `make the model ${model.name} in ${model.region}`
    try {
      await this.#call(model.region, (client, abortSignal) =>
        client.send(new CreateModelCommand(request), { abortSignal }),
      )
      return "created"
    } catch (error) {
      if (!alreadyExists(error)) throw awsError(error, what, { region: model.region })
    }
    const there = await this.#ask(what, model.region, (client, abortSignal) =>
      client.send(new DescribeModelCommand({ ModelName: model.name }), { abortSignal }),
    )
    const { Image, Environment = {}, ModelDataUrl } = there.PrimaryContainer ?? {}
    refuseOther(what, model.region, [
      ["role", there.ExecutionRoleArn, model.role],
      ["image", Image, model.image],
      ["artifact", ModelDataUrl, model.artifact],
      ["environment", canonical(Environment), canonical(model.environment)],
    ])
    return "exists"
  }

  async deleteModel(region: string, name: string): Promise<"deleted" | "absent"> {
    try {
      const command = new DeleteModelCommand({ ModelName: name })
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
      return "deleted"
    } catch (error) {
      if (isAbsent(error)) return "absent"
      throw awsError(error, `delete the model ${name} in ${region}`, { region })
    }
  }

  async startTransform(transform: TransformPlan): Promise<"created" | "exists"> {
    const request = transformRequest(transform)
    const what = `start the transform ${transform.name} in ${transform.region}`
    try {
      await this.#call(transform.region, (client, abortSignal) =>
        client.send(new CreateTransformJobCommand(request), { abortSignal }),
      )
      return "created"
    } catch (error) {
      if (!alreadyExists(error)) throw awsError(error, what, { region: transform.region })
    }
    const command = new DescribeTransformJobCommand({ TransformJobName: transform.name })
    const there = await this.#ask(what, transform.region, (client, abortSignal) =>
      client.send(command, { abortSignal }),
    )
    // The name is a digest of all other settings.
    refuseOther(what, transform.region, [
      ["model", there.ModelName, transform.model],
      ["input", there.TransformInput?.DataSource?.S3DataSource?.S3Uri, transform.input],
      ["output", there.TransformOutput?.S3OutputPath, transform.output],
    ])
    return "exists"
  }

  async describeTransform(region: string, name: string): Promise<TransformState | null> {
    try {
      const command = new DescribeTransformJobCommand({ TransformJobName: name })
      const { TransformJobStatus: raw = "", FailureReason: reason = "" } = await this.#call(
        region,
        (client, abortSignal) => client.send(command, { abortSignal }),
      )
      return { status: STATUSES[raw] ?? "unknown", raw, reason }
    } catch (error) {
      if (isAbsent(error)) return null
      throw awsError(error, `see the transform ${name} in ${region}`, { region })
    }
  }

  async stopTransform(region: string, name: string): Promise<void> {
    try {
      const command = new StopTransformJobCommand({ TransformJobName: name })
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
    } catch (error) {
      if (isAbsent(error) || /is in status \w+/.test(awsMessage(error))) return
      throw awsError(error, `stop the transform ${name} in ${region}`, { region })
    }
  }

  async #ask<T>(
    what: string,
    region: string,
    question: (client: SageMakerClient, cut: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#call(region, question)
    } catch (error) {
      throw awsError(error, what, { region })
    }
  }

  #call<T>(region: string, question: (client: SageMakerClient, cut: AbortSignal) => Promise<T>): Promise<T> {
    const { clients, clock } = this.#options
    return within(clock, clock.now() + LONGEST_CALL_MS, null, (cut) => question(clients.in(region), cut))
  }
}

function canonical(record: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
