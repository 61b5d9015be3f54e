import type {
  DescribeEndpointCommandOutput,
  DescribeEndpointConfigCommandOutput,
  EndpointStatus as ServiceStatus,
  Tag,
} from "@aws-sdk/client-sagemaker"
import type { EndpointState, EndpointStatus, VariantState } from "../../../core/endpoint/endpoint-state.ts"

/** Every word of the service (DescribeEndpoint, EndpointStatus). */
const STATUSES: Readonly<Record<ServiceStatus, EndpointStatus>> = {
  Creating: "creating",
  InService: "inService",
  Updating: "updating",
  SystemUpdating: "updating",
  RollingBack: "updating",
  // It can neither go on nor back: only deleting it helps.
  UpdateRollbackFailed: "failed",
  OutOfService: "outOfService",
  Deleting: "deleting",
  Failed: "failed",
}

export function endpointStatus(raw: string): EndpointStatus {
  return Object.hasOwn(STATUSES, raw) ? STATUSES[raw as ServiceStatus] : "unknown"
}

/** @param config null: it is gone, and with it which models and types the variants have. */
export function endpointState(
  region: string,
  seen: DescribeEndpointCommandOutput,
  config: Pick<DescribeEndpointConfigCommandOutput, "ProductionVariants"> | null,
  tags: readonly Tag[],
): EndpointState {
  const raw = seen.EndpointStatus ?? ""
  return {
    name: seen.EndpointName ?? "",
    region,
    status: endpointStatus(raw),
    raw,
    reason: seen.FailureReason ?? "",
    createdAt: seen.CreationTime?.getTime() ?? null,
    variants: variantStates(seen.ProductionVariants ?? [], config?.ProductionVariants ?? []),
    tags: Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])),
  }
}

type Seen = NonNullable<DescribeEndpointCommandOutput["ProductionVariants"]>[number]
type Wished = NonNullable<DescribeEndpointConfigCommandOutput["ProductionVariants"]>[number]

/** An endpoint that is being made tells no variants yet: the configuration's stand in their place. */
function variantStates(seen: readonly Seen[], wished: readonly Wished[]): readonly VariantState[] {
  const names = new Set([...wished, ...seen].map(({ VariantName }) => VariantName ?? ""))
  return [...names].map((name) => {
    const now = seen.find(({ VariantName }) => VariantName === name)
    const wish = wished.find(({ VariantName }) => VariantName === name)
    return {
      name,
      model: wish?.ModelName ?? null,
      instanceType: wish?.InstanceType ?? null,
      instances: now?.CurrentInstanceCount ?? now?.DesiredInstanceCount ?? wish?.InitialInstanceCount ?? null,
      weight: now?.CurrentWeight ?? now?.DesiredWeight ?? wish?.InitialVariantWeight ?? null,
    }
  })
}
