// Which image a tag names in a region's ECR. It pulls nothing.
// A registry that is not ECR cannot be asked, and one of another account mostly denies: both are said, neither is "missing".
import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr"
import { RegattaError } from "../../../core/errors.ts"
import type { ImageRegistry } from "../../../ports/image-registry.ts"
import { awsError, awsFault } from "../../aws/aws-error.ts"

/** Reading repeats safely; retries and time limits are the client's. */
export class EcrImageRegistry implements ImageRegistry {
  readonly #client: (region: string) => ECRClient

  constructor(client: (region: string) => ECRClient) {
    this.#client = client
  }

  async digest(image: string): Promise<string | null> {
    const { registry, region, repository, tag, digest } = ecrImage(image)
    const imageId = digest === null ? { imageTag: tag } : { imageDigest: digest }
    const command = new DescribeImagesCommand({ registryId: registry, repositoryName: repository, imageIds: [imageId] })
    try {
      const { imageDetails = [] } = await this.#client(region).send(command)
      return imageDetails[0]?.imageDigest ?? null
    } catch (error) {
      if (awsFault(error) === "notFound") return null
      throw awsError(error, `look for the image ${image}`, { region })
    }
  }
}

const ECR_IMAGE =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([a-z0-9._/-]+)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/

/** Error `unsupported`: the image is in no registry of ECR. */
export function ecrImage(image: string) {
  const [, registry = "", region = "", repository = "", tag = "latest", digest = null] = ECR_IMAGE.exec(image) ?? []
  if (registry !== "") return { registry, region, repository, tag, digest }
  throw new RegattaError("unsupported", `${image} is in no registry of ECR, which alone can be asked`)
}
