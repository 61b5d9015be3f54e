// Inputs of CreateEndpointConfig, CreateEndpoint and InvokeEndpoint. Pure: the same plan always gives the same request.
// Leaves out what is the service's default, and invents nothing that the plan does not say.
import type {
  CreateEndpointCommandInput,
  CreateEndpointConfigCommandInput,
  ProductionVariant,
  ProductionVariantInstanceType,
} from "@aws-sdk/client-sagemaker"
import type { InvokeEndpointCommandInput } from "@aws-sdk/client-sagemaker-runtime"
import type { EndpointPlan, EndpointVariant } from "../../../core/endpoint/endpoint-plan.ts"
import type { Invocation } from "../../../core/endpoint/invocation.ts"
import { tagsOf } from "../../aws/named-resource.ts"

/** Named as its endpoint, as the SageMaker SDK does it. */
export function endpointConfigRequest(endpoint: EndpointPlan): CreateEndpointConfigCommandInput {
  return {
    EndpointConfigName: endpoint.name,
    ProductionVariants: endpoint.variants.map(productionVariant),
    ...tagsOf(endpoint.tags),
  }
}

export function endpointRequest(endpoint: EndpointPlan): CreateEndpointCommandInput {
  return { EndpointName: endpoint.name, EndpointConfigName: endpoint.name, ...tagsOf(endpoint.tags) }
}

export function invokeRequest(
  name: string,
  { variant, contentType, accept, body }: Invocation,
): InvokeEndpointCommandInput {
  return {
    EndpointName: name,
    ContentType: contentType,
    ...(accept === null ? {} : { Accept: accept }),
    ...(variant === null ? {} : { TargetVariant: variant }),
    Body: body,
  }
}

function productionVariant({
  name,
  model,
  weight,
  instances,
  instanceType,
  startupSeconds,
}: EndpointVariant): ProductionVariant {
  return {
    VariantName: name,
    ModelName: model,
    InitialVariantWeight: weight,
    InitialInstanceCount: instances,
    // The API's enumeration is older than its newest types.
    InstanceType: instanceType as ProductionVariantInstanceType,
    ...(startupSeconds === null ? {} : { ContainerStartupHealthCheckTimeoutInSeconds: startupSeconds }),
  }
}
