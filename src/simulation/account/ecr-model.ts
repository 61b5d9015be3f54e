import { partitionOf } from "../../core/manifest/regions.ts"
import { list, type RequestShape, structure, text, whole } from "../request-shape.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ModelledCaller, ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { imageDigest } from "./image-name.ts"
import type { ModelledWorld } from "./modelled-world.ts"
import { pageOf } from "./page-of.ts"

type Input = Readonly<Record<string, unknown>>

interface ImageId {
  readonly imageTag?: string
  readonly imageDigest?: string
}

interface Image {
  readonly tag: string
  readonly digest: string
}

const registryId = text({ pattern: "[0-9]{12}" })
const repositoryName = text({
  least: 2,
  most: 256,
  pattern: "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
})
const imageIds = list(structure({ imageTag: text({ least: 1, most: 300 }), imageDigest: text() }), 1, 100)
const paging = { nextToken: text(), maxResults: whole(1, 1000) }

const SHAPES: Readonly<Record<string, RequestShape>> = {
  DescribeRepositories: structure({ registryId, repositoryNames: list(repositoryName, 1, 100), ...paging }),
  DescribeImages: structure({ registryId, repositoryName, imageIds, ...paging }, "repositoryName"),
  BatchGetImage: structure({ registryId, repositoryName, imageIds }, "repositoryName", "imageIds"),
}

/** ECR's look-ups. In other accounts' registries only BatchGetImage is allowed, as AWS's own images are open to be pulled. */
export class EcrModel implements ServiceModel {
  readonly #world: ModelledWorld

  constructor(world: ModelledWorld) {
    this.#world = world
  }

  handle({ region, operation, input, caller }: ServiceRequest): ServiceAnswer {
    return answered(() => {
      const shape = SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input, "InvalidParameterException")
      const registry = String(input["registryId"] ?? this.#world.account)
      if (registry !== this.#world.account && operation !== "BatchGetImage")
        throw notAllowed(caller, operation, region, registry, String(input["repositoryName"] ?? "*"))
      switch (operation) {
        case "DescribeRepositories":
          return this.#describeRepositories(region, registry, input)
        case "DescribeImages":
          return this.#describeImages(region, registry, input)
        default:
          return this.#batchGetImage(region, registry, input)
      }
    })
  }

  #describeRepositories(region: string, registry: string, input: Input): Input {
    const asked = input["repositoryNames"] as readonly string[] | undefined
    const known = this.#world.repositoriesIn(region)
    const isListed = this.#world.world.images !== undefined
    for (const name of asked ?? []) if (isListed && !known.includes(name)) throw noRepository(name, registry)
    const { items, next } = pageOf(
      asked ?? known,
      input["nextToken"],
      input["maxResults"],
      100,
      "InvalidParameterException",
    )
    const repositories = items.map((name) => ({
      registryId: registry,
      repositoryName: name,
      repositoryArn: `arn:${partitionOf(region)}:ecr:${region}:${registry}:repository/${name}`,
      repositoryUri: `${registry}.dkr.ecr.${region}.${suffixOf(region)}/${name}`,
      imageTagMutability: "MUTABLE",
    }))
    return { repositories, ...(next === null ? {} : { nextToken: next }) }
  }

  #describeImages(region: string, registry: string, input: Input): Input {
    const repository = String(input["repositoryName"])
    const ids = input["imageIds"] as readonly ImageId[] | undefined
    const images = ids === undefined ? this.#images(region, registry, repository) : []
    const found = (ids ?? []).map((id) => {
      const image = this.#find(region, registry, repository, id)
      if (image !== null) return image
      throw new Refusal(
        "ImageNotFoundException",
        `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${repository}' in the registry with id '${registry}'`,
      )
    })
    const byDigest = Map.groupBy([...images, ...found], ({ digest }) => digest)
    const details = [...byDigest].map(([digest, tagged]) => ({
      registryId: registry,
      repositoryName: repository,
      imageDigest: digest,
      imageTags: [...new Set(tagged.map(({ tag }) => tag))],
      imageSizeInBytes: 100_000_000,
      imageManifestMediaType: "application/vnd.docker.distribution.manifest.v2+json",
    }))
    const { items, next } = pageOf(details, input["nextToken"], input["maxResults"], 100, "InvalidParameterException")
    return { imageDetails: items, ...(next === null ? {} : { nextToken: next }) }
  }

  #batchGetImage(region: string, registry: string, input: Input): Input {
    const repository = String(input["repositoryName"])
    const ids = input["imageIds"] as readonly ImageId[]
    const found = ids.map((id) => ({ id, image: this.#find(region, registry, repository, id) }))
    return {
      images: found.flatMap(({ image }) =>
        image === null
          ? []
          : [
              {
                registryId: registry,
                repositoryName: repository,
                imageId: { imageDigest: image.digest, imageTag: image.tag },
                imageManifest: "{}",
                imageManifestMediaType: "application/vnd.docker.distribution.manifest.v2+json",
              },
            ],
      ),
      failures: found.flatMap(({ id, image }) =>
        image !== null
          ? []
          : [{ imageId: id, failureCode: "ImageNotFound", failureReason: "Requested image not found" }],
      ),
    }
  }

  /** Where no images are listed, every tag of every repository is there, as in other accounts' registries. */
  #find(region: string, registry: string, repository: string, id: ImageId): Image | null {
    const isOpen = registry !== this.#world.account || this.#world.world.images === undefined
    if (isOpen) {
      const tag = id.imageTag ?? "latest"
      return { tag, digest: id.imageDigest ?? imageDigest(repository, tag) }
    }
    const known = this.#images(region, registry, repository)
    return (
      known.find(({ tag, digest }) => (id.imageTag ?? tag) === tag && (id.imageDigest ?? digest) === digest) ?? null
    )
  }

  #images(region: string, registry: string, repository: string): readonly Image[] {
    const known = this.#world.imagesIn(region, repository)
    if (known.length === 0 && this.#world.world.images !== undefined) throw noRepository(repository, registry)
    return known
  }
}

function suffixOf(region: string): string {
  return partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
}

function noRepository(name: string, registry: string): Refusal {
  return new Refusal(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
  )
}

function notAllowed(
  caller: ModelledCaller,
  operation: string,
  region: string,
  registry: string,
  name: string,
): Refusal {
  return new Refusal(
    "AccessDeniedException",
    `User: ${caller.arn} is not authorized to perform: ecr:${operation} on resource: arn:${partitionOf(region)}:ecr:${region}:${registry}:repository/${name} because no resource-based policy allows the ecr:${operation} action`,
  )
}
