// The URI of the image that trains, for one place: AWS's own by the rules of its names, or the user's in the place's region.
// It asks no registry, so it cannot say that a tag exists; a version, machine or region that no rule covers is an error.
import { RegattaError } from "../../../core/errors.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { type Framework, frameworkImage } from "./framework-images.ts"
import { huggingFaceBase, huggingFaceImage } from "./hugging-face-images.ts"
import { BUILT_IN_OWNERS, imageRegions } from "./image-accounts.ts"
import { imageUri, notFor, notIn, processorOf, unknownImage } from "./image-uri.ts"
import { isBefore } from "./image-versions.ts"

/** What of a row chooses its image. */
export type ImageChoice = Pick<JobSpec, "region" | "trains" | "distribution">

/** Error `invalid`: no rule gives this image; it says what is allowed. */
export function trainingImage({ region, trains, distribution }: ImageChoice, place: Place): string {
  switch (trains.kind) {
    case "image":
      return inRegion(trains.image, region, place.region)
    case "algorithm":
      return algorithmImage(trains.name, trains.version, place)
    case "framework":
      return trains.image === null
        ? ownImage(trains, place, distribution.kind === "smddp")
        : inRegion(trains.image, region, place.region)
    default:
      return trains satisfies never
  }
}

/**
 * A training job takes its image from its own region: at a place in another region than the row's, an image of the row's
 * registry is the one of the same account, repository and tag there. Any other image stays as it is.
 */
function inRegion(image: string, from: string, to: string): string {
  return from === to ? image : image.replace(`.dkr.ecr.${from}.`, `.dkr.ecr.${to}.`)
}

function ownImage(framework: Framework, place: Place, isDataParallel: boolean): string {
  const { name, version } = framework
  if (name === "xgboost") return xgboostImage(version, place)
  if (name === "scikit-learn") return scikitLearnImage(version, place)
  return huggingFaceBase(name) === null
    ? frameworkImage(framework, place, isDataParallel)
    : huggingFaceImage(framework, place)
}

function algorithmImage(name: string, version: string | null, place: Place): string {
  if (name === "xgboost") return builtInXgboostImage(version, place)
  const owner = BUILT_IN_OWNERS[name]
  if (owner === undefined)
    throw unknownImage(`built-in algorithm "${name}"`, ["xgboost", ...Object.keys(BUILT_IN_OWNERS)].join(", "))
  if (version !== null && version !== "1") throw unknownImage(`version "${version}" of ${name}`, "1")
  return imageUri(owner, place.region, name, "1")
}

/** Regions with built-in algorithms that came after XGBoost without named versions. */
const WITHOUT_OLD_XGBOOST = ["ca-west-1", "il-central-1", "us-isof-east-1", "us-isof-south-1"]

/** Before its versions had names, XGBoost lay with the other built-in algorithms. */
function builtInXgboostImage(version: string | null, place: Place): string {
  if (version === null) {
    throw new RegattaError("invalid", 'algorithm "xgboost" needs its version, e.g. xgboost:1.5-1')
  }
  if (version === "1" || version === "latest") {
    const known = imageRegions("vision").filter((region) => !WITHOUT_OLD_XGBOOST.includes(region))
    if (!known.includes(place.region)) throw notIn("xgboost", known, place.region)
    return imageUri("vision", place.region, "xgboost", version)
  }
  return xgboostImage(version, place)
}

const XGBOOST_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)-[1-9]\d*$/
const SCIKIT_LEARN_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:(?:\.\d+)?-[1-9]\d*|\.\d+)$/

/** The older tags name processor and Python; between the two forms no version is known. */
function xgboostImage(version: string, place: Place): string {
  const isVersion = XGBOOST_VERSION.test(version)
  const isOld = isVersion && !isBefore(version, "0.90-1") && !isBefore("1.0-1", version)
  if (!isOld && (!isVersion || isBefore(version, "1.2-1")))
    throw unknownImage(`version "${version}" of xgboost`, "0.90-1 to 1.0-1, or from 1.2-1 on, such as 1.5-1")
  if (isOld && processorOf(place) !== "cpu") throw notFor(`xgboost:${version}`, place, "machines without a GPU")
  return imageUri("sklearn", place.region, "sagemaker-xgboost", isOld ? `${version}-cpu-py3` : version)
}

function scikitLearnImage(version: string, place: Place): string {
  if (!SCIKIT_LEARN_VERSION.test(version))
    throw unknownImage(`version "${version}" of scikit-learn`, "a version of AWS's image such as 1.2-1 or 0.20.0")
  if (processorOf(place) !== "cpu") throw notFor(`scikit-learn:${version}`, place, "machines without a GPU")
  return imageUri("sklearn", place.region, "sagemaker-scikit-learn", `${version}-cpu-py3`)
}
