// AWS's images of Hugging Face's transformers on PyTorch and TensorFlow. Their tags name CUDA and Ubuntu, which follow from
// no rule, so these are a list; what it does not hold is refused with what there is.
import { RegattaError } from "../../../core/errors.ts"
import type { Place } from "../../../core/job/place.ts"
import type { Framework } from "./framework-images.ts"
import { hasFrameworksOnly, imageRegions } from "./image-accounts.ts"
import { imageUri, notFor, notIn, processorOf, unknownImage } from "./image-uri.ts"
import { isBefore } from "./image-versions.ts"

interface Release {
  readonly transformers: string
  readonly base: string
  readonly version: string
  readonly python: string
  readonly system: string
}

/** Transformers, base, its version, Python, CUDA and Ubuntu (AWS Deep Learning Containers; SageMaker's Python SDK 2.257.6). */
const RELEASES: readonly Release[] = `
4.4.2  pytorch    1.6.0  py36  cu110-ubuntu18.04
4.4.2  tensorflow 2.4.1  py37  cu110-ubuntu18.04
4.5.0  pytorch    1.6.0  py36  cu110-ubuntu18.04
4.5.0  tensorflow 2.4.1  py37  cu110-ubuntu18.04
4.6.1  pytorch    1.6.0  py36  cu110-ubuntu18.04
4.6.1  pytorch    1.7.1  py36  cu110-ubuntu18.04
4.6.1  pytorch    1.8.1  py36  cu111-ubuntu18.04
4.6.1  tensorflow 2.4.1  py37  cu110-ubuntu18.04
4.10.2 pytorch    1.8.1  py36  cu110-ubuntu18.04
4.10.2 pytorch    1.9.0  py38  cu111-ubuntu20.04
4.10.2 tensorflow 2.4.1  py37  cu110-ubuntu18.04
4.10.2 tensorflow 2.5.1  py37  cu112-ubuntu18.04
4.11.0 pytorch    1.9.0  py38  cu111-ubuntu20.04
4.11.0 tensorflow 2.5.1  py37  cu112-ubuntu18.04
4.12.3 pytorch    1.9.1  py38  cu111-ubuntu20.04
4.12.3 tensorflow 2.5.1  py37  cu112-ubuntu18.04
4.17.0 pytorch    1.10.2 py38  cu113-ubuntu20.04
4.17.0 tensorflow 2.6.3  py38  cu112-ubuntu20.04
4.26.0 pytorch    1.13.1 py39  cu117-ubuntu20.04
4.28.1 pytorch    2.0.0  py310 cu118-ubuntu20.04
4.36.0 pytorch    2.1.0  py310 cu121-ubuntu20.04
4.46.1 pytorch    2.3.0  py311 cu121-ubuntu20.04
4.48.0 pytorch    2.3.0  py311 cu121-ubuntu20.04
4.49.0 pytorch    2.5.1  py311 cu124-ubuntu22.04
4.55.0 pytorch    2.7.1  py312 cu128-ubuntu22.04
4.56.2 pytorch    2.8.0  py312 cu129-ubuntu22.04
`
  .trim()
  .split("\n")
  .map((line) => {
    const [transformers = "", base = "", version = "", python = "", system = ""] = line.split(/\s+/)
    return { transformers, base, version, python, system }
  })

/** The first that was not brought to all regions of its forerunners, and where it is not. */
const FEWER_FROM = "4.26"
const FEWER = ["ap-south-2", "ap-southeast-4", "eu-central-2", "eu-south-2"]

/** `pytorch` of `huggingface-pytorch`; null: another framework. */
export function huggingFaceBase(name: string): string | null {
  return /^huggingface-(pytorch|tensorflow)$/.exec(name)?.[1] ?? null
}

/** Error `invalid`: there is no such image; it says which there are. */
export function huggingFaceImage({ name, version, python, transformers }: Framework, place: Place): string {
  const what = `${name}:${version}`
  const releases = RELEASES.filter(({ base }) => base === huggingFaceBase(name))
  const all = releases.map((each) => `${each.transformers} with ${name}:${each.version}`).join(", ")
  if (transformers === undefined)
    throw new RegattaError("invalid", `framework "${what}" needs transformers: there are ${all}`)
  const release = releases.find((each) => is(each.transformers, transformers) && is(each.version, version))
  if (release === undefined) throw unknownImage(`transformers ${transformers} with ${what}`, all)
  if (python !== null && python !== release.python)
    throw unknownImage(`transformers ${transformers} with ${what} and ${python}`, `python ${release.python} there`)
  if (processorOf(place) !== "gpu") throw notFor(what, place, "machines with GPUs")
  const regions = imageRegions("framework").filter((region) => isOffered(release, region))
  if (!regions.includes(place.region)) throw notIn(`${name}-training`, regions, place.region)
  const tag = `${version}-transformers${transformers}-gpu-${release.python}-${release.system}`
  return imageUri("framework", place.region, `${name}-training`, tag)
}

/** A version as it was written: itself, or its series. */
function is(version: string, written: string): boolean {
  return version === written || version.replace(/\.\d+$/, "") === written
}

function isOffered({ transformers }: Release, region: string): boolean {
  if (hasFrameworksOnly(region) || region.startsWith("us-isof-")) return false
  return isBefore(transformers, FEWER_FROM) || !FEWER.includes(region)
}
