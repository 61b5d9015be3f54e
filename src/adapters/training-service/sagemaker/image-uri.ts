import { RegattaError } from "../../../core/errors.ts"
import type { Place } from "../../../core/job/place.ts"
import { dnsSuffixOf } from "../../../core/manifest/regions.ts"
import { type ImageOwner, imageAccount, imageRegions } from "./image-accounts.ts"

/** The URI of one of AWS's images. Error `invalid`: the owner has none in this region. */
export function imageUri(owner: ImageOwner, region: string, repository: string, tag: string): string {
  const account = imageAccount(owner, region)
  if (account === null) throw notIn(repository, imageRegions(owner), region)
  return `${account}.dkr.ecr.${region}.${dnsSuffixOf(region)}/${repository}:${tag}`
}

/** By the type's family: g and p have GPUs; inf and trn are neither. */
export function processorOf({ instanceType }: Place): "cpu" | "gpu" | "other" {
  const family = instanceType.split(".")[1] ?? ""
  if (/^(?:inf|trn)/.test(family)) return "other"
  return /^[gp]/.test(family) ? "gpu" : "cpu"
}

const OWN_IMAGE = "or set image to one of your own in that region"

export function notIn(repository: string, known: readonly string[], region: string): RegattaError {
  return new RegattaError(
    "invalid",
    `no image ${repository} of AWS is known in ${region}; known are ${known.join(", ")}`,
    { hint: OWN_IMAGE.slice("or ".length), fields: { region } },
  )
}

export function unknownImage(what: string, allowed: string): RegattaError {
  return new RegattaError("invalid", `no image is known for ${what}; allowed are ${allowed}`, {
    hint: `choose one of these, ${OWN_IMAGE}`,
  })
}

/** AWS may well have an image, but its name cannot be told from here. */
export function noRule(what: string, why: string): RegattaError {
  return new RegattaError("invalid", `no rule gives the image of ${what}, as ${why}: set image to its full URI`)
}

export function notFor(what: string, { instanceType }: Place, allowed: string): RegattaError {
  return new RegattaError("invalid", `there is no image of ${what} for ${instanceType}: it is made for ${allowed}`, {
    hint: `choose another instance_type, ${OWN_IMAGE}`,
    fields: { instanceType },
  })
}
