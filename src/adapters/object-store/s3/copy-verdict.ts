import type { CopiedObject } from "../../../ports/object-store.ts"
import { type CopySource, partsInEtag } from "./copy-plan.ts"

/** What is known of an object that bears on whether it is a copy of another. */
export interface KnownObject extends CopySource {
  readonly etag: string
}

/** How the copy is known to have the source's bytes; `differs`: it has not. */
export function judgeCopy(source: KnownObject, copy: KnownObject): CopiedObject["verified"] | "differs" {
  if (source.bytes !== copy.bytes) return "differs"
  const [one, other] = [source.checksum, copy.checksum]
  if (one !== null && other !== null && one.algorithm === other.algorithm) {
    return one.value === other.value ? "checksum" : "differs"
  }
  if (source.etag === copy.etag) return "etag"
  return hasSameForm(source, copy) ? "differs" : "size"
}

/** Whether equal bytes would make equal ETags: both are MD5 sums, of the whole or of the same parts. */
function hasSameForm(source: KnownObject, copy: KnownObject): boolean {
  if (!source.hasPlainEtag || !copy.hasPlainEtag) return false
  const [one, other] = [partsInEtag(source.etag), partsInEtag(copy.etag)]
  return one === other && (one === null || (source.partBytes !== null && source.partBytes === copy.partBytes))
}
