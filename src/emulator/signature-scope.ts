import type { WireRequest } from "./exchange.ts"

/** What the signature of a request says: all that the emulator needs of it. The signature itself is not checked. */
export interface SignatureScope {
  readonly accessKey: string
  readonly region: string
  /** Signing name: `s3`, `batch`, `sagemaker`, `logs`, … */
  readonly service: string
}

/** From the Authorization header or, of a signed URL, the query. null: the request is not signed. */
export function signatureScope({ headers, query }: WireRequest): SignatureScope | null {
  const [, inHeader] = /\bCredential=([^,\s]+)/.exec(headers["authorization"] ?? "") ?? []
  const credential = inHeader ?? query.get("X-Amz-Credential")
  const [accessKey, , region, service, end] = credential?.split("/") ?? []
  if (accessKey === undefined || region === undefined || service === undefined || end !== "aws4_request") return null
  return { accessKey, region, service }
}
