import type { IamAction } from "../../aws/iam-action.ts"

const command = (action: string, why: string) =>
  ({ action: `sagemaker:${action}`, resource: "endpoint", usedBy: ["command"], why }) as const

/** A follower as well, where a step after a run makes an endpoint. */
const both = (action: string, why: string) =>
  ({ action: `sagemaker:${action}`, resource: "endpoint", usedBy: ["command", "worker"], why }) as const

/** Permissions of endpoints, in each region of a run. */
export const ENDPOINT_ACTIONS: readonly IamAction[] = [
  both("CreateEndpointConfig", "`endpoint create`, and steps after a run"),
  both("CreateEndpoint", "the same"),
  both("AddTags", "a create that names tags needs it"),
  both("DescribeEndpoint", "follows an endpoint until it is in service, and until it is gone"),
  both("DescribeEndpointConfig", "which models and machines an endpoint has"),
  both("ListTags", "whose an endpoint is"),
  command("InvokeEndpoint", "`endpoint invoke` and `endpoint compare`"),
  both("DeleteEndpoint", "`endpoint delete`, and an endpoint that does not come into service"),
  both("DeleteEndpointConfig", "the same"),
  { action: "sagemaker:ListEndpoints", resource: "any", usedBy: ["command"], why: "`endpoint list`" },
]
