import type { CreateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker"
import type { Observation } from "../../../core/decision/action.ts"
import { awsFault, awsMessage, errorName } from "../../aws/aws-error.ts"

type Refused = Extract<Observation, { kind: "refused" }>
export type Refusal = Pick<Refused, "code" | "hopeless" | "reason">

/** What a create that threw means. */
export type CreateFailure =
  /** It may have taken effect. */
  | { readonly kind: "lost" }
  /** The name is taken: by us or by another. */
  | { readonly kind: "taken" }
  /** The signature or the session behind it is of no use: nothing of the row. */
  | { readonly kind: "expired" }
  /** Did nothing. `again`: worth another try within the claim; once, where it says so. */
  | { readonly kind: "refused"; readonly again: "never" | "once" | "always"; readonly refusal: Refusal }

const SIGNATURE = /^(RequestTimeTooSkewed|InvalidSignature|SignatureDoesNotMatch|RequestExpired)/

export function createFailure(error: unknown, request: CreateTrainingJobCommandInput, region: string): CreateFailure {
  // The SDK corrects its clock by the answer; the next try has the right time.
  if (SIGNATURE.test(errorName(error))) return { kind: "expired" }
  const text = awsMessage(error)
  const fault = awsFault(error)
  switch (fault) {
    case "unanswered":
      return { kind: "lost" }
    case "exists":
      return { kind: "taken" }
    case "expired":
      return { kind: "expired" }
    case "throttled":
    case "conflict":
      return refused("always", "throttled", false, `SageMaker in ${region} did not take the request: ${text}`)
    case "limit":
      return { kind: "refused", again: "never", refusal: limitRefusal(text, request, region) }
    case "denied":
      return refused("never", "denied", true, deniedReason(text, request, region))
    case "invalid":
    case "notFound":
      // A role that was made a moment ago is not known everywhere yet (aws.md 7.2).
      return refused(/Could not assume role/i.test(text) ? "once" : "never", "invalid", true, text)
    default:
      return fault satisfies never
  }
}

function refused(
  again: "never" | "once" | "always",
  code: Refusal["code"],
  hopeless: boolean,
  reason: string,
): CreateFailure {
  return { kind: "refused", again, refusal: { code, hopeless, reason } }
}

const LIMIT =
  /service limit '([^']+)' is ([\d.,]+) \S+?, with current utilization of ([\d.,]+) \S+ and a request delta of ([\d.,]+)/

/** Text of aws.md 7.1: `The account-level service limit '<quota>' is 0 Instances, with current utilization of …`. */
export function limitRefusal(
  text: string,
  { ResourceConfig }: Pick<CreateTrainingJobCommandInput, "ResourceConfig">,
  region: string,
): Refusal {
  if (/not available in this region/i.test(text)) {
    const types = ResourceConfig?.InstanceGroups?.map((group) => group.InstanceType) ?? [ResourceConfig?.InstanceType]
    return { code: "capacity", hopeless: true, reason: `${region} does not offer ${types.join(", ")}: ${text}` }
  }
  const [, quota, ...numbers] = LIMIT.exec(text) ?? []
  const [limit, used, need] = numbers.map((number) => Number(number.replaceAll(",", "")))
  if (quota === undefined || limit === undefined || used === undefined || need === undefined) {
    return { code: "quota", hopeless: false, reason: `a quota of ${region} is used up: ${text}` }
  }
  const said = `the quota "${quota}" in ${region} is ${limit}, ${used} in use, ${need} needed`
  return {
    code: "quota",
    hopeless: need > limit,
    reason: `${said}; to ask for more: ${increase(quota, region, used + need)}`,
  }
}

/** The code of a quota is asked by its name: it differs from type to type and is in no list that can be relied on (aws.md 6.1). */
function increase(quota: string, region: string, wanted: number): string {
  const code =
    `$(aws service-quotas list-service-quotas --service-code sagemaker --region ${region} ` +
    `--query "Quotas[?QuotaName=='${quota}'].QuotaCode" --output text)`
  return (
    `aws service-quotas request-service-quota-increase --service-code sagemaker --region ${region} ` +
    `--quota-code "${code}" --desired-value ${wanted}`
  )
}

function deniedReason(text: string, { RoleArn }: CreateTrainingJobCommandInput, region: string): string {
  if (/iam:PassRole/.test(text)) {
    const condition = '{"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}'
    return `${text}; the caller needs iam:PassRole on ${RoleArn} with the condition ${condition}`
  }
  if (/UnrecognizedClient|InvalidClientTokenId|OptInRequired/.test(text)) {
    return `${text}; perhaps ${region} is not enabled for this account`
  }
  return text
}
