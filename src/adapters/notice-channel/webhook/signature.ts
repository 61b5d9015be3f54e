import { createHmac } from "node:crypto"

/** Headers of a notice. */
export const TIMESTAMP_HEADER = "x-regatta-timestamp"
export const SIGNATURE_HEADER = "x-regatta-signature"
export const ID_HEADER = "x-regatta-id"

/**
 * `v1=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`: the time is signed as well, so that a receiver can refuse what
 * is old. `timestamp`: seconds since 1970.
 */
export function signatureOf(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`
}
