// AWS's images of TensorFlow, PyTorch and MXNet: repository and tag by rules of version, processor and Python.
// It knows no list of versions, and so cannot say that a tag exists.
import { RegattaError } from "../../../core/errors.ts"
import type { Trains } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { partitionOf } from "../../../core/manifest/regions.ts"
import { cuda11Image } from "./cuda11-images.ts"
import { hasFrameworksOnly, type ImageOwner, imageRegions } from "./image-accounts.ts"
import { imageUri, noRule, notFor, notIn, processorOf, unknownImage } from "./image-uri.ts"
import { FRAMEWORK_VERSION, isBefore, seriesOf } from "./image-versions.ts"

export type Framework = Extract<Trains, { readonly kind: "framework" }>

/** What is known of the versions of a framework that has one image for CPUs and one for GPUs. */
interface VersionRules {
  /** The first that has a script mode. */
  readonly from: string
  /** Its repository until `[name]-training` of the deep learning containers. */
  readonly older: string
  /** The first in the deep learning containers. */
  readonly newerFrom: string
  /** Series that AWS is not known to have made images of. */
  readonly missing: readonly string[]
  /** The first that left out the GPUs of ml.p2; null: none is known. */
  readonly withoutP2: string | null
  /** The first that is not in the isolated regions, and the first that is in us-isof; null: none is there. */
  readonly isolatedUntil: string | null
  readonly isofFrom: string | null
}

/** As SageMaker's Python SDK 2.257.6 knows them. */
const VERSION_RULES: Readonly<Record<string, VersionRules>> = {
  tensorflow: {
    ...{ from: "1.11", older: "sagemaker-tensorflow-scriptmode", newerFrom: "1.13", missing: [], withoutP2: "2.12" },
    ...{ isolatedUntil: "2.16", isofFrom: "2.13" },
  },
  pytorch: {
    ...{ from: "0.4", older: "sagemaker-pytorch", newerFrom: "1.2", missing: [], withoutP2: "1.13" },
    ...{ isolatedUntil: "2.4", isofFrom: "2.1" },
  },
  mxnet: {
    ...{ from: "0.12", older: "sagemaker-mxnet", newerFrom: "1.4", missing: ["1.5"], withoutP2: null },
    ...{ isolatedUntil: null, isofFrom: null },
  },
}

/**
 * Error `invalid`: no rule gives it.
 * @param isDataParallel whether it is to hold SageMaker's data parallelism.
 */
export function frameworkImage(framework: Framework, place: Place, isDataParallel: boolean): string {
  const { name, version, python } = framework
  const rules = VERSION_RULES[name]
  if (rules === undefined) throw noRule(`framework "${name}:${version}"`, "its tag does not follow from its version")
  if (!FRAMEWORK_VERSION.test(version))
    throw unknownImage(`version "${version}" of ${name}`, "two or three numbers such as 2.3 or 2.3.0")
  if (isBefore(version, rules.from))
    throw noRule(`framework "${name}:${version}"`, `script mode begins with ${rules.from}`)
  if (rules.missing.includes(seriesOf(version)))
    throw noRule(`framework "${name}:${version}"`, `no image of ${seriesOf(version)} is known`)
  if (python === null) throw new RegattaError("invalid", `framework "${name}:${version}" needs python, e.g. py311`)
  checkMachine(framework, place, rules)
  const { owner, repository } = homeOf(framework, rules)
  if (owner === "framework") checkRegion(framework, place, rules)
  // The version as it was written: `2.3` is the newest of its series, and stays `2.3`.
  const tag = `${version}-${processorOf(place)}-${python}`
  const suffix = isDataParallel || place.instanceType.startsWith("ml.p4d.") ? cuda11Image(name, version, tag) : ""
  return imageUri(owner, place.region, repository, `${tag}${suffix}`)
}

interface Home {
  readonly owner: ImageOwner
  readonly repository: string
}

function homeOf({ name, version, python }: Framework, { older, newerFrom }: VersionRules): Home {
  // The first version of the newer repository stayed in the older one for Python 2, where both were made.
  const isChange = seriesOf(version) === newerFrom && name !== "pytorch"
  const isOlder =
    isBefore(version, newerFrom) || (isChange && (python === "py2" || version === "1.4.0" || version === "1.13.0"))
  return isOlder ? { owner: "script", repository: older } : { owner: "framework", repository: `${name}-training` }
}

function checkMachine({ name, version }: Framework, place: Place, { withoutP2 }: VersionRules): void {
  const what = `${name}:${version}`
  if (processorOf(place) === "other") throw notFor(what, place, "CPUs and GPUs: give an image of its own")
  if (withoutP2 !== null && !isBefore(version, withoutP2) && place.instanceType.startsWith("ml.p2."))
    throw notFor(what, place, "newer GPUs than those of ml.p2")
}

/** Not every version is in every region: MXNet ended before the newest regions, and the isolated ones got no new versions. */
function checkRegion({ name, version }: Framework, { region }: Place, rules: VersionRules): void {
  const isolation = isolationOf(region)
  const isAfter = rules.isolatedUntil !== null && !isBefore(version, rules.isolatedUntil)
  const isBeforeIsof = rules.isofFrom === null || isBefore(version, rules.isofFrom)
  const isMissing =
    (name === "mxnet" && hasFrameworksOnly(region)) ||
    (isolation !== null && (isAfter || (name === "tensorflow" && seriesOf(version) === "2.12"))) ||
    (isolation === "isof" && isBeforeIsof)
  if (!isMissing) return
  const elsewhere = imageRegions("framework").filter((each) => isolationOf(each) === null)
  throw notIn(
    `${name}-training:${version}`,
    elsewhere.filter((each) => name !== "mxnet" || !hasFrameworksOnly(each)),
    region,
  )
}

function isolationOf(region: string): "iso" | "isof" | null {
  const partition = partitionOf(region)
  if (partition === "aws-iso-f") return "isof"
  return partition.startsWith("aws-iso") ? "iso" : null
}
