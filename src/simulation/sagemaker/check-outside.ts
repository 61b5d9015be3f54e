// What a request meets outside of itself: image, role and data, in the texts users see of the service.
// Says nothing about quotas, which depend on the other jobs.
import { partitionOf } from "../../core/manifest/regions.ts"
import { Refusal } from "../service-answers.ts"
import type { ModelledObjects } from "../service-model.ts"
import { type RequestedChannel, s3Place, type TrainingRequest } from "./training-request.ts"
import type { TrainingWorld } from "./training-world.ts"

/** Throws Refusal: ValidationException. */
export function checkOutside(
  region: string,
  request: TrainingRequest,
  world: TrainingWorld,
  objects: ModelledObjects,
): void {
  checkRole(request.RoleArn, world)
  const { TrainingImage: image, TrainingImageConfig: access } = request.AlgorithmSpecification
  const isVpc = access?.TrainingRepositoryAccessMode === "Vpc"
  if (image !== undefined) checkImage(region, { image, role: request.RoleArn, isVpc }, world)
  for (const channel of request.InputDataConfig ?? []) checkChannel(region, channel, request.RoleArn, objects)
}

export function checkRole(role: string, world: TrainingWorld): void {
  if (role.split(":")[4] !== world.account) throw refused("RoleArn: Cross-account pass role is not allowed.")
  if (world.isAssumable(role)) return
  throw refused(
    `Could not assume role ${role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
  )
}

const ECR = /^(?<registry>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?<suffix>[a-z0-9.-]+?)\/(?<rest>.+)$/

/** Throws Refusal. `isVpc`: the image may come from a registry of the user's network. */
export function checkImage(
  region: string,
  { image, role, isVpc }: { readonly image: string; readonly role: string; readonly isVpc: boolean },
  world: TrainingWorld,
): void {
  const found = ECR.exec(image)?.groups
  if (found === undefined) {
    if (isVpc) return
    throw refused(`Using non-ECR image "${image}" without Vpc repository access mode is not supported.`)
  }
  const suffix = partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  if (found["region"] !== region || found["suffix"] !== suffix) {
    throw refused(
      `Invalid DNS suffix '${found["suffix"]}' for region '${found["region"]}' in training image. Please provide the valid <region>.<dns-suffix>: '${region}.${suffix}'`,
    )
  }
  if (world.hasImage(image)) return
  throw refused(
    `Access denied for repository: ${repositoryOf(found["rest"] ?? "")} in registry ID: ${found["registry"]}. Please check if your ECR repository and image exist and role ${role} has proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer`,
  )
}

function repositoryOf(rest: string): string {
  return rest.replace(/[:@][^/]*$/, "")
}

function checkChannel(region: string, channel: RequestedChannel, role: string, objects: ModelledObjects): void {
  const s3 = channel.DataSource.S3DataSource
  if (s3 === undefined) return
  const place = s3Place(s3.S3Uri)
  if (place !== null && objects.bucketRegion(place.bucket) === region && objects.hasObjects(place.bucket, place.key))
    return
  throw refused(
    `No S3 objects found under S3 URL "${s3.S3Uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${role}" has "s3:ListBucket" permissions on bucket "${place?.bucket ?? ""}".`,
  )
}

function refused(message: string): Refusal {
  return new Refusal("ValidationException", message)
}
