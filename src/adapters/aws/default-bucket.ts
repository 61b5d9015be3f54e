import { RegattaError } from "../../core/errors.ts"
import type { Uri } from "../../core/ids.ts"

export interface CodeLocation {
  /** The 12 digits; null: not known, and then only a `codeLocation` without `{account}` names a bucket. */
  readonly account: string | null
  /** `prefix` of regatta.yaml: what is ours in the default bucket lies below it. */
  readonly prefix: string
  /** `storage.code` of regatta.yaml, with `{region}` and `{account}`; null: the SageMaker SDK's default bucket. */
  readonly codeLocation: string | null
}

/** Where our own objects of a region lie: a URI that ends in `/`. Error `invalid`: the name needs the account, which is not known. */
export function homeIn(region: string, { account, prefix, codeLocation }: CodeLocation): Uri {
  const text = codeLocation ?? `s3://sagemaker-{region}-{account}/${prefix}/`
  if (account === null && text.includes("{account}")) {
    throw new RegattaError("invalid", `where the code of a row is stored, ${text}, needs the account`, {
      hint: "set account in regatta.yaml, or storage.code without {account}",
    })
  }
  const location = text.replaceAll("{region}", region).replaceAll("{account}", account ?? "")
  return (location.endsWith("/") ? location : `${location}/`) as Uri
}

/**
 * Who must own the bucket: the account, of every bucket that bears the SageMaker SDK's default name. Anyone may take such a
 * name in a region where the account has none yet, and would be sent our code; null for all other buckets.
 */
export function expectedOwner(bucket: string, account: string): string | null {
  return bucket.startsWith("sagemaker-") && bucket.endsWith(`-${account}`) ? account : null
}
