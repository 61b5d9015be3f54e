import type { JobSpec } from "../job/job-spec.ts"
import { dnsSuffixOf, partitionOf } from "./regions.ts"
import type { RowReader } from "./row-reader.ts"

type Find = RowReader["find"]

/** What belongs to one region or partition must be of the row's: the image, keys, plans, functions and the role. */
export function findForeignNames(find: Find, spec: JobSpec): void {
  const { region, role, service = {} } = spec
  findImage(find, spec)
  const named = [
    ["kms_key", "key", spec.kmsKey],
    ["volume_kms_key", "key", spec.volumeKmsKey],
    ["training_plan", "training plan", service.trainingPlan],
    ["image_credentials", "function", service.imageCredentials],
  ] as const
  for (const [column, what, name] of named) {
    const [, partition, , ownRegion] = /^arn:([a-z-]+):([a-z]+):([a-z0-9-]+):/.exec(name ?? "") ?? []
    if (ownRegion === undefined) continue
    if (ownRegion !== region) find(column, `this ${what} is in ${ownRegion} and the training job in ${region}`)
    else if (partition !== partitionOf(region))
      find(column, `this ARN is of partition ${partition} and ${region} of ${partitionOf(region)}`)
  }
  const partition = role?.split(":")[1] ?? partitionOf(region)
  if (partition !== partitionOf(region))
    find("role", `this role is of partition ${partition} and ${region} of ${partitionOf(region)}`)
}

function findImage(find: Find, { region, trains }: JobSpec): void {
  const image = trains.kind === "algorithm" ? null : trains.image
  const [, registry, suffix] = /\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)\//.exec(image ?? "") ?? []
  if (registry === undefined) return
  if (registry !== region)
    find("image", `this image is in ${registry} and the training job in ${region}: write {region} in the image`)
  else if (suffix !== dnsSuffixOf(region))
    find("image", `registries in ${region} end in ${dnsSuffixOf(region)}, and this one in ${suffix}`)
}
