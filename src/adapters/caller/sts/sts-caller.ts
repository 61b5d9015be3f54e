// Who the credentials belong to, by STS GetCallerIdentity, which every identity may call.
// It keeps no answer: whoever composes asks once.
import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts"
import { RegattaError } from "../../../core/errors.ts"
import type { Caller } from "../../../ports/caller.ts"
import { awsError } from "../../aws/aws-error.ts"

/** Retry and time limits are the client's; reading repeats safely. Errors: `denied`, `unavailable`. */
export async function stsCaller(client: STSClient, region: string): Promise<Caller> {
  try {
    const { Account: account, Arn: name } = await client.send(new GetCallerIdentityCommand({}))
    if (account !== undefined && name !== undefined) return { account, name }
  } catch (error) {
    throw awsError(error, `ask AWS in ${region} who the caller is`, { region })
  }
  throw new RegattaError("unavailable", `AWS in ${region} did not say who the caller is`, { fields: { region } })
}
