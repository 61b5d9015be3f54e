// The URI of the image that trains, for one place: AWS's own by the rules of its names, or the user's in the place's region.
// It asks no registry, so it cannot say that a tag exists; a version, machine or region that no rule covers is an error.
import { RegattaError } from "../../../core/errors.ts"
import type { JobSpec, Trains } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { partitionOf } from "../../../core/manifest/regions.ts"
import { BUILT_IN_OWNERS, hasFrameworksOnly, type ImageOwner, imageAccount, imageRegions } from "./image-accounts.ts"

type Framework = Extract<Trains, { readonly kind: "framework" }>

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
        ? frameworkImage(trains, place, distribution.kind === "smddp")
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

function algorithmImage(name: string, version: string | null, place: Place): string {
  if (name === "xgboost") return builtInXgboostImage(version, place)
  const owner = BUILT_IN_OWNERS[name]
  if (owner === undefined)
    throw unknown(`built-in algorithm "${name}"`, ["xgboost", ...Object.keys(BUILT_IN_OWNERS)].join(", "))
  if (version !== null && version !== "1") throw unknown(`version "${version}" of ${name}`, "1")
  return uri(owner, place.region, name, "1")
}

/** Before its versions had names, XGBoost lay with the other built-in algorithms. */
function builtInXgboostImage(version: string | null, place: Place): string {
  if (version === null) {
    throw new RegattaError("invalid", 'algorithm "xgboost" needs its version, e.g. xgboost:1.5-1')
  }
  if (version === "1" || version === "latest") return uri("vision", place.region, "xgboost", version)
  return xgboostImage(version, place)
}

const XGBOOST_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)-[1-9]\d*$/
const SCIKIT_LEARN_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:(?:\.\d+)?-[1-9]\d*|\.\d+)$/

/** The older tags name processor and Python; between the two forms no version is known. */
function xgboostImage(version: string, place: Place): string {
  const isVersion = XGBOOST_VERSION.test(version)
  const isOld = isVersion && !isBefore(version, "0.90-1") && !isBefore("1.0-1", version)
  if (!isOld && (!isVersion || isBefore(version, "1.2-1")))
    throw unknown(`version "${version}" of xgboost`, "0.90-1 to 1.0-1, or from 1.2-1 on, such as 1.5-1")
  if (isOld && processorOf(place) !== "cpu") throw notFor(`xgboost:${version}`, place, "machines without a GPU")
  return uri("sklearn", place.region, "sagemaker-xgboost", isOld ? `${version}-cpu-py3` : version)
}

function scikitLearnImage(version: string, place: Place): string {
  if (!SCIKIT_LEARN_VERSION.test(version))
    throw unknown(`version "${version}" of scikit-learn`, "a version of AWS's image such as 1.2-1 or 0.20.0")
  if (processorOf(place) !== "cpu") throw notFor(`scikit-learn:${version}`, place, "machines without a GPU")
  return uri("sklearn", place.region, "sagemaker-scikit-learn", `${version}-cpu-py3`)
}

/** What is known of the versions of a framework that has one image for CPUs and one for GPUs. */
interface VersionRules {
  /** The first that is offered; null: any. */
  readonly from: string | null
  /** The first that left out the GPUs of ml.p2; null: none is known. */
  readonly withoutP2: string | null
  /** Series whose image for CUDA 11, which p4d and SageMaker's data parallelism need, has a tag that follows no rule. */
  readonly cuda11: readonly string[]
}

const VERSION_RULES: Readonly<Record<string, VersionRules>> = {
  tensorflow: { from: null, withoutP2: "2.12", cuda11: ["1.15", "2.3"] },
  pytorch: { from: "1.2", withoutP2: "1.13", cuda11: ["1.6"] },
  mxnet: { from: "1.6", withoutP2: null, cuda11: ["1.8"] },
}

function frameworkImage(framework: Framework, place: Place, isDataParallel: boolean): string {
  const { name, version, python } = framework
  if (name === "xgboost") return xgboostImage(version, place)
  if (name === "scikit-learn") return scikitLearnImage(version, place)
  const rules = VERSION_RULES[name]
  if (rules === undefined) throw noRule(`framework "${name}:${version}"`, "its tag does not follow from its version")
  checkVersion(name, version, rules)
  if (python === null) throw new RegattaError("invalid", `framework "${name}:${version}" needs python, e.g. py311`)
  checkMachine(framework, place, rules)
  if (rules.cuda11.includes(seriesOf(version)) && (isDataParallel || place.instanceType.startsWith("ml.p4d.")))
    throw noRule(`framework "${name}:${version}" for ml.p4d and smddp`, "its tag for CUDA 11 follows no rule")
  // The version as it was written: `2.3` is the newest of its series, and stays `2.3`.
  const tag = `${version}-${processorOf(place)}-${python}`
  return name === "tensorflow" && isBefore(version, "1.13")
    ? uri("script", place.region, "sagemaker-tensorflow-scriptmode", tag)
    : uri("framework", place.region, `${name}-training`, tag)
}

const FRAMEWORK_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?$/

function checkVersion(name: string, version: string, { from }: VersionRules): void {
  if (!FRAMEWORK_VERSION.test(version))
    throw unknown(`version "${version}" of ${name}`, "two or three numbers such as 2.3 or 2.3.0")
  if (from !== null && isBefore(version, from))
    throw noRule(`framework "${name}:${version}"`, `images before ${from} are not offered`)
}

function checkMachine({ name, version }: Framework, place: Place, { withoutP2 }: VersionRules): void {
  const what = `${name}:${version}`
  if (processorOf(place) === "other") throw notFor(what, place, "CPUs and GPUs: give an image of its own")
  if (withoutP2 !== null && !isBefore(version, withoutP2) && place.instanceType.startsWith("ml.p2."))
    throw notFor(what, place, "newer GPUs than those of ml.p2")
  if (name === "mxnet" && hasFrameworksOnly(place.region)) {
    const known = imageRegions("framework").filter((region) => !hasFrameworksOnly(region))
    throw notIn("mxnet-training", known, place.region)
  }
}

function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".")
}

/** By their numbers, a missing one as 0: 1.9 is before 1.12, and 1.0-1 before 1.0-2. */
function isBefore(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((each) => each.split(/[.-]/).map(Number)) as [number[], number[]]
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const difference = (ours[at] ?? 0) - (theirs[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** By the type's family: g and p have GPUs; inf and trn are neither. */
function processorOf({ instanceType }: Place): "cpu" | "gpu" | "other" {
  const family = instanceType.split(".")[1] ?? ""
  if (/^(?:inf|trn)/.test(family)) return "other"
  return /^[gp]/.test(family) ? "gpu" : "cpu"
}

function uri(owner: ImageOwner, region: string, repository: string, tag: string): string {
  const account = imageAccount(owner, region)
  if (account === null) throw notIn(repository, imageRegions(owner), region)
  const suffix = partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  return `${account}.dkr.ecr.${region}.${suffix}/${repository}:${tag}`
}

const OWN_IMAGE = "or set image to one of your own in that region"

function notIn(repository: string, known: readonly string[], region: string): RegattaError {
  return new RegattaError(
    "invalid",
    `no image ${repository} of AWS is known in ${region}; known are ${known.join(", ")}`,
    {
      hint: OWN_IMAGE.slice("or ".length),
      fields: { region },
    },
  )
}

function unknown(what: string, allowed: string): RegattaError {
  return new RegattaError("invalid", `no image is known for ${what}; allowed are ${allowed}`, {
    hint: `choose one of these, ${OWN_IMAGE}`,
  })
}

/** AWS may well have an image, but its name cannot be told from here. */
function noRule(what: string, why: string): RegattaError {
  return new RegattaError("invalid", `no rule gives the image of ${what}, as ${why}: set image to its full URI`)
}

function notFor(what: string, { instanceType }: Place, allowed: string): RegattaError {
  return new RegattaError("invalid", `there is no image of ${what} for ${instanceType}: it is made for ${allowed}`, {
    hint: `choose another instance_type, ${OWN_IMAGE}`,
    fields: { instanceType },
  })
}
