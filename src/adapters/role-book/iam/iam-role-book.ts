// Whether a role is there, lets SageMaker assume it, and may be passed by a caller, by IAM. It changes no role.
// A trust policy is read as far as its principals and effects tell; its conditions are left to the service.
import { GetRoleCommand, type IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam"
import { RegattaError } from "../../../core/errors.ts"
import type { RoleBook } from "../../../ports/role-book.ts"
import { awsError, awsFault } from "../../aws/aws-error.ts"

const SERVICE = "sagemaker.amazonaws.com"

/** Reading repeats safely; retries and time limits are the client's. */
export class IamRoleBook implements RoleBook {
  readonly #client: IAMClient

  constructor(client: IAMClient) {
    this.#client = client
  }

  async trusts(role: string): Promise<boolean | null> {
    try {
      const { Role } = await this.#client.send(new GetRoleCommand({ RoleName: roleName(role) }))
      return trustsService(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""))
    } catch (error) {
      if (awsFault(error) === "notFound") return null
      throw awsError(error, `look for the role ${role}`, {})
    }
  }

  async mayPass(caller: string, role: string): Promise<boolean> {
    const source = policySource(caller)
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: source,
      ActionNames: ["iam:PassRole"],
      ResourceArns: [role],
      ContextEntries: [
        { ContextKeyName: "iam:PassedToService", ContextKeyType: "string", ContextKeyValues: [SERVICE] },
      ],
    })
    try {
      const { EvaluationResults = [] } = await this.#client.send(command)
      return EvaluationResults.length > 0 && EvaluationResults.every(({ EvalDecision }) => EvalDecision === "allowed")
    } catch (error) {
      throw awsError(error, `ask whether ${source} may pass the role ${role}`, {})
    }
  }
}

/** `training` of `arn:aws:iam::123456789012:role/service-role/training`: IAM asks for the name without its path. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1)
}

/** A session is judged by its role; its ARN has lost the role's path. Error `unsupported`: the root user has no policies to try. */
export function policySource(caller: string): string {
  const [, partition, account, role] = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller) ?? []
  if (role !== undefined) return `arn:${partition}:iam::${account}:role/${role}`
  if (/^arn:[a-z-]+:iam::\d{12}:(?:user|role|group)\//.test(caller)) return caller
  throw new RegattaError("unsupported", `what ${caller} may do cannot be tried: it is neither a user nor a role`)
}

/** @param policy the role's trust policy, as JSON. */
export function trustsService(policy: string): boolean {
  const statements = asList((parse(policy) as { readonly Statement?: unknown } | null)?.Statement)
  return statements.some((statement) => {
    const { Effect, Principal, Action } = statement as Readonly<Record<string, unknown>>
    const services = typeof Principal === "object" && Principal !== null ? Principal : {}
    const named = asList((services as { readonly Service?: unknown }).Service)
    return (
      Effect === "Allow" &&
      asList(Action).some((action) => action === "sts:AssumeRole" || action === "sts:*" || action === "*") &&
      (Principal === "*" || named.includes(SERVICE))
    )
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
