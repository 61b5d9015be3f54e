import type { IamAction } from "../../aws/iam-action.ts"

const command = (action: string, why: string) =>
  ({ action: `sagemaker:${action}`, resource: "endpoint", usedBy: ["command"], why }) as const

/** Permissions of endpoints, in each region of a run. */
export const ENDPOINT_ACTIONS: readonly IamAction[] = [
  command("CreateEndpointConfig", "`endpoint create`"),
  command("CreateEndpoint", "`endpoint create`"),
  command("AddTags", "a create that names tags needs it"),
  command("DescribeEndpoint", "follows an endpoint until it is in service, and until it is gone"),
  command("DescribeEndpointConfig", "which models and machines an endpoint has"),
  command("ListTags", "whose an endpoint is"),
  command("InvokeEndpoint", "`endpoint invoke` and `endpoint compare`"),
  command("DeleteEndpoint", "`endpoint delete`, and an endpoint that does not come into service"),
  command("DeleteEndpointConfig", "the same"),
  { action: "sagemaker:ListEndpoints", resource: "any", usedBy: ["command"], why: "`endpoint list`" },
]
