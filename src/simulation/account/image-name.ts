import { createHash } from "node:crypto"

/** An image of ECR taken apart; `tag` is `latest` where none is written. null: another registry's. */
export interface ImageParts {
  readonly registry: string
  readonly region: string
  readonly repository: string
  readonly tag: string
  readonly digest: string | null
}

const URI =
  /^(?<registry>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.[a-z0-9.-]+?\/(?<repository>[^:@]+)(?::(?<tag>[^@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

export function imageParts(uri: string): ImageParts | null {
  const { registry, region, repository, tag = "latest", digest = null } = URI.exec(uri)?.groups ?? {}
  if (registry === undefined || region === undefined || repository === undefined) return null
  return { registry, region, repository, tag, digest }
}

/** A digest for an image that has no content: the same in every region, as of one image that was copied. */
export function imageDigest(repository: string, tag: string): string {
  return `sha256:${createHash("sha256").update(`${repository}:${tag}`).digest("hex")}`
}
