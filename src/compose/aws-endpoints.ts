import { ByRegion, clientOptions } from "../adapters/aws/client-options.ts"
import type { EndpointService } from "../ports/endpoint-service.ts"
import type { Shell } from "../ports/world.ts"
import { kept } from "./kept.ts"

/** A container may take 60 seconds, and its silence is no fault of the network. */
const ANSWER_MS = 70_000

export async function openEndpoints({ clock }: Shell, clients: { destroy(): void }[]): Promise<EndpointService> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker")
  const { SageMakerEndpoints } = await import("../adapters/endpoint-service/sagemaker/sagemaker-endpoints.ts")
  const byRegion = new ByRegion((region) => new SageMakerClient(clientOptions(region)))
  clients.push(byRegion)
  return new SageMakerEndpoints({ clients: byRegion, runtime: kept(() => openRuntime(clients)).get, clock })
}

/** Each request once: a repetition unseen would stand in nobody's latency. */
async function openRuntime(clients: { destroy(): void }[]) {
  const { SageMakerRuntimeClient } = await import("@aws-sdk/client-sagemaker-runtime")
  const byRegion = new ByRegion((region) => {
    const { requestHandler, ...options } = clientOptions(region, 1)
    const patient = { ...requestHandler, requestTimeout: ANSWER_MS, socketTimeout: ANSWER_MS }
    return new SageMakerRuntimeClient({ ...options, requestHandler: patient })
  })
  clients.push(byRegion)
  return byRegion
}
