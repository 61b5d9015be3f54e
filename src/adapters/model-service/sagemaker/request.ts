// Inputs of CreateModel and CreateTransformJob. Pure: the same plan always gives the same request.
// Leaves out what is the service's default, and invents nothing that the plan does not say.
import type {
  CreateModelCommandInput,
  CreateTransformJobCommandInput,
  TransformInstanceType,
} from "@aws-sdk/client-sagemaker"
import type { ModelPlan } from "../../../core/job/model-plan.ts"
import type { TransformPlan } from "../../../core/job/transform-plan.ts"
import { tagsOf } from "../../aws/named-resource.ts"

/** As the SageMaker SDK's: one container with the artifact. */
export function modelRequest(model: ModelPlan): CreateModelCommandInput {
  return {
    ModelName: model.name,
    ExecutionRoleArn: model.role,
    PrimaryContainer: { Image: model.image, Environment: { ...model.environment }, ModelDataUrl: model.artifact },
    ...tagsOf(model.tags),
  }
}

export function transformRequest(transform: TransformPlan): CreateTransformJobCommandInput {
  const { contentType, split, accept, assemble, strategy, maxConcurrent, maxPayloadMb } = transform
  return {
    TransformJobName: transform.name,
    ModelName: transform.model,
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: transform.dataType, S3Uri: transform.input } },
      ...(contentType === null ? {} : { ContentType: contentType }),
      ...(split === null ? {} : { SplitType: split }),
    },
    TransformOutput: {
      S3OutputPath: transform.output,
      ...(assemble === null ? {} : { AssembleWith: assemble }),
      ...(accept === null ? {} : { Accept: accept }),
    },
    TransformResources: {
      InstanceCount: transform.instances,
      // The API's enumeration is older than its newest types.
      InstanceType: transform.instanceType as TransformInstanceType,
    },
    ...(strategy === null ? {} : { BatchStrategy: strategy }),
    ...(maxConcurrent === null ? {} : { MaxConcurrentTransforms: maxConcurrent }),
    ...(maxPayloadMb === null ? {} : { MaxPayloadInMB: maxPayloadMb }),
    ...processing(transform),
    ...tagsOf(transform.tags),
  }
}

function processing({
  inputFilter,
  outputFilter,
  join,
}: TransformPlan): Pick<CreateTransformJobCommandInput, "DataProcessing"> {
  if (inputFilter === null && outputFilter === null && join === null) return {}
  return {
    DataProcessing: {
      ...(inputFilter === null ? {} : { InputFilter: inputFilter }),
      ...(outputFilter === null ? {} : { OutputFilter: outputFilter }),
      ...(join === null ? {} : { JoinSource: join }),
    },
  }
}
