import { createHash } from "node:crypto"
import { CHECKSUMS, checksumOf } from "../../simulation/s3/checksums.ts"
import { WireError } from "../exchange.ts"

/** Header by algorithm. */
const HEADERS = CHECKSUMS.map((each) => [each, `x-amz-checksum-${each.toLowerCase()}`] as const)

/** Checksums that a request names, by their name in the API: of its body, or of the object that it completes. */
export function namedSums(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    HEADERS.flatMap(([algorithm, header]) => {
      const value = headers[header]
      return value === undefined ? [] : [[`Checksum${algorithm}`, value] as const]
    }),
  )
}

/** Checksums that came with a body, by their name in the API. One that is wrong is refused, as is a wrong Content-MD5. */
export function checkedSums(
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Readonly<Record<string, string>> {
  for (const [algorithm, header] of HEADERS) {
    const value = headers[header]
    if (value === undefined || checksumOf(algorithm, bytes) === value) continue
    throw new WireError("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`)
  }
  const md5 = headers["content-md5"]
  if (md5 !== undefined && createHash("md5").update(bytes).digest("base64") !== md5) {
    throw new WireError("BadDigest", "The Content-MD5 you specified did not match what we received.")
  }
  return namedSums(headers)
}

/** The other way: headers of an answer. */
export function sumHeaders(output: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    HEADERS.flatMap(([algorithm, header]) => {
      const value = output[`Checksum${algorithm}`]
      return typeof value === "string" ? [[header, value]] : []
    }),
  )
}
