// The URI of the image that trains, for one place: AWS's own by framework or algorithm, or the user's in the place's region.
// It asks no registry and never guesses: a version, Python, machine or region that is not in the tables is an error.
import { RegattaError } from "../../../core/errors.ts"
import type { JobSpec, Trains } from "../../../core/job-spec.ts"
import type { Place } from "../../../core/place.ts"
import { partitionOf } from "../../../core/regions.ts"
import { type ImageOwner, imageAccount, imageRegions } from "./image-accounts.ts"
import {
  BUILT_IN_OWNERS,
  CUDA_11_TAGS,
  FRAMEWORK_IMAGES,
  HUGGING_FACE_IMAGES,
  type ImageFamily,
  NEWER_REGIONS,
  SCIKIT_LEARN_VERSIONS,
  XGBOOST_CPU_VERSIONS,
  XGBOOST_VERSIONS,
} from "./image-catalog.ts"

type Framework = Extract<Trains, { readonly kind: "framework" }>

/** What of a row chooses its image. */
export type ImageChoice = Pick<JobSpec, "region" | "trains" | "distribution">

/** Error `invalid`: no such image is known; it names those that are. */
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
  if (name === "xgboost") return xgboostImage(version, place, "algorithm")
  const owner = BUILT_IN_OWNERS[name]
  if (owner === undefined) throw unknown(`built-in algorithm "${name}"`, ["xgboost", ...Object.keys(BUILT_IN_OWNERS)])
  if (version !== null && version !== "1") throw unknown(`version "${version}" of ${name}`, ["1"])
  return uri(owner, place.region, name, "1")
}

function xgboostImage(version: string | null, place: Place, column: "algorithm" | "framework"): string {
  // Before its versions had names, XGBoost lay with the other built-in algorithms.
  const first = column === "algorithm" ? ["1", "latest"] : []
  const known = [...first, ...XGBOOST_CPU_VERSIONS, ...XGBOOST_VERSIONS]
  if (version === null) throw missing(column, "xgboost", known)
  if (first.includes(version)) return uri("vision", place.region, "xgboost", version)
  if (XGBOOST_VERSIONS.includes(version)) return uri("sklearn", place.region, "sagemaker-xgboost", version)
  if (!XGBOOST_CPU_VERSIONS.includes(version)) throw unknown(`version "${version}" of xgboost`, known)
  if (processorOf(place) !== "cpu") throw notFor(`xgboost:${version}`, place, "machines without a GPU")
  return uri("sklearn", place.region, "sagemaker-xgboost", `${version}-cpu-py3`)
}

function scikitLearnImage(version: string, place: Place): string {
  if (!SCIKIT_LEARN_VERSIONS.includes(version))
    throw unknown(`version "${version}" of scikit-learn`, SCIKIT_LEARN_VERSIONS)
  if (processorOf(place) !== "cpu") throw notFor(`scikit-learn:${version}`, place, "machines without a GPU")
  return uri("sklearn", place.region, "sagemaker-scikit-learn", `${version}-cpu-py3`)
}

/** The tag has the version as it was written: `2.3` is the newest of its series, and stays `2.3`. */
function frameworkImage(framework: Framework, place: Place, needsCuda11: boolean): string {
  const { name, version } = framework
  if (name === "huggingface") return huggingFaceImage(framework, place)
  if (name === "xgboost") return xgboostImage(version, place, "framework")
  if (name === "scikit-learn") return scikitLearnImage(version, place)
  const families = familiesOf(name, version)
  const python = chosenPython(
    framework,
    families.flatMap(({ pythons }) => pythons),
  )
  const family = families.find(({ pythons }) => pythons.includes(python))
  if (family === undefined) throw unknown(`Python "${python}" of ${name}:${version}`, [])
  const processor = processorOf(place)
  if (processor === "other") throw notFor(`${name}:${version}`, place, "CPUs and GPUs: give an image of its own")
  if (isTooNewForP2(name, version) && place.instanceType.startsWith("ml.p2."))
    throw notFor(`${name}:${version}`, place, "newer GPUs than those of ml.p2")
  if (name === "mxnet" && NEWER_REGIONS.includes(place.region)) throw notIn("mxnet-training", "framework", place.region)
  const tag = `${version}-${processor}-${python}`
  const wantsCuda11 = needsCuda11 || place.instanceType.startsWith("ml.p4d.")
  const cuda11 = wantsCuda11 ? CUDA_11_TAGS.find((each) => each.startsWith(`${tag}-cu`)) : undefined
  return uri(family.owner, place.region, family.repository, cuda11 ?? tag)
}

/** The families that have this version; two of them where its Pythons lie in different repositories. */
function familiesOf(name: string, version: string): readonly ImageFamily[] {
  const families = FRAMEWORK_IMAGES[name] ?? []
  const versions = families.flatMap((family) => family.versions)
  const exact = versions.includes(version) ? version : versions.findLast((each) => seriesOf(each) === version)
  if (exact !== undefined) return families.filter((family) => family.versions.includes(exact))
  throw unknown(`version "${version}" of ${name}`, [...new Set(versions.map(seriesOf)), ...new Set(versions)])
}

function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".")
}

function chosenPython({ name, version, python }: Framework, pythons: readonly string[]): string {
  const chosen = python ?? pythons.at(-1) ?? ""
  if (pythons.includes(chosen)) return chosen
  throw unknown(`Python "${chosen}" of ${name}:${version}`, pythons)
}

/** `huggingface:4.36-pytorch2.1`: versions of transformers and of the framework below, each in full or as a series. */
function huggingFaceImage(framework: Framework, place: Place): string {
  const { version } = framework
  const [transformers = "", base = ""] = version.split("-")
  const versions = HUGGING_FACE_IMAGES.map(([each]) => each)
  const exact = versions.includes(transformers)
    ? transformers
    : versions.findLast((each) => seriesOf(each) === transformers)
  const ofTransformers = HUGGING_FACE_IMAGES.filter(([each]) => each === exact)
  const found = ofTransformers.findLast(([, each]) => each === base || seriesOf(each) === base)
  if (found === undefined) {
    const some = ofTransformers.length > 0 ? ofTransformers : HUGGING_FACE_IMAGES
    throw unknown(
      `version "${version}" of huggingface`,
      some.map(([one, other]) => `${one}-${other}`),
    )
  }
  const [, , python, platform] = found
  chosenPython(framework, [python])
  if (processorOf(place) !== "gpu") throw notFor(`huggingface:${version}`, place, "machines with GPUs")
  const [, name = "", number = ""] = /^([a-z]+)(.*)$/.exec(base) ?? []
  const repository = `huggingface-${name}-training`
  if (NEWER_REGIONS.includes(place.region)) throw notIn(repository, "framework", place.region)
  return uri("framework", place.region, repository, `${number}-transformers${transformers}-gpu-${python}-${platform}`)
}

/** AWS's newer frameworks left out the GPUs of p2. */
function isTooNewForP2(name: string, version: string): boolean {
  const first = { tensorflow: [2, 12], pytorch: [1, 13] }[name]
  if (first === undefined) return false
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [firstMajor = 0, firstMinor = 0] = first
  return major > firstMajor || (major === firstMajor && minor >= firstMinor)
}

/** By the type's family: g and p have GPUs; inf and trn are neither. */
function processorOf({ instanceType }: Place): "cpu" | "gpu" | "other" {
  const family = instanceType.split(".")[1] ?? ""
  if (/^(?:inf|trn)/.test(family)) return "other"
  return /^[gp]/.test(family) ? "gpu" : "cpu"
}

function uri(owner: ImageOwner, region: string, repository: string, tag: string): string {
  const account = imageAccount(owner, region)
  if (account === null) throw notIn(repository, owner, region)
  const suffix = partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  return `${account}.dkr.ecr.${region}.${suffix}/${repository}:${tag}`
}

const OWN_IMAGE = "or set image to one of your own in that region"

function notIn(repository: string, owner: ImageOwner, region: string): RegattaError {
  const known = imageRegions(owner).join(", ")
  return new RegattaError("invalid", `no image ${repository} of AWS is known in ${region}; known are ${known}`, {
    hint: OWN_IMAGE.slice("or ".length),
    fields: { region },
  })
}

function unknown(what: string, known: readonly string[]): RegattaError {
  return new RegattaError("invalid", `no image is known for ${what}; known are ${known.join(", ")}`, {
    hint: `choose one of these, ${OWN_IMAGE}`,
  })
}

function missing(column: string, name: string, known: readonly string[]): RegattaError {
  return new RegattaError("invalid", `${column} "${name}" needs its version; known are ${known.join(", ")}`, {
    hint: `write ${name}:${known.at(-2)}`,
  })
}

function notFor(what: string, { instanceType }: Place, allowed: string): RegattaError {
  return new RegattaError("invalid", `there is no image of ${what} for ${instanceType}: it is made for ${allowed}`, {
    hint: `choose another instance_type, ${OWN_IMAGE}`,
    fields: { instanceType },
  })
}
