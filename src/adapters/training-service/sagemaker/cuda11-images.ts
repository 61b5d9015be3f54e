import { noRule } from "./image-uri.ts"
import { seriesOf } from "./image-versions.ts"

/**
 * Images for CUDA 11 beside a plain one for CUDA 10, by framework and the plain image's tag: what their own tag adds.
 * ml.p4d and SageMaker's data parallelism need them (release notes of AWS Deep Learning Containers; SageMaker's Python SDK 2.257.6).
 */
const SUFFIXES: Readonly<Record<string, string>> = {
  "tensorflow 1.15-gpu-py37": "cu110-ubuntu18.04-v8",
  "tensorflow 1.15.4-gpu-py37": "cu110-ubuntu18.04",
  "tensorflow 1.15.5-gpu-py37": "cu110-ubuntu18.04",
  "tensorflow 2.3-gpu-py37": "cu110-ubuntu18.04-v3",
  "tensorflow 2.3.1-gpu-py37": "cu110-ubuntu18.04",
  "tensorflow 2.3.2-gpu-py37": "cu110-ubuntu18.04",
  "mxnet 1.8-gpu-py37": "cu110-ubuntu16.04-v1",
  "mxnet 1.8.0-gpu-py37": "cu110-ubuntu16.04",
  "pytorch 1.6-gpu-py3": "cu110-ubuntu18.04-v3",
  "pytorch 1.6-gpu-py36": "cu110-ubuntu18.04-v3",
  "pytorch 1.6.0-gpu-py3": "cu110-ubuntu18.04",
  "pytorch 1.6.0-gpu-py36": "cu110-ubuntu18.04",
}

const SERIES = ["tensorflow 1.15", "tensorflow 2.3", "mxnet 1.8", "pytorch 1.6"]

/** What the tag adds, with its hyphen; empty: the plain image has CUDA 11 or newer. Error `invalid`: the series has no such image for it. */
export function cuda11Image(name: string, version: string, tag: string): string {
  const suffix = SUFFIXES[`${name} ${tag}`]
  if (suffix !== undefined) return `-${suffix}`
  const series = `${name} ${seriesOf(version)}`
  if (!SERIES.includes(series)) return ""
  const known = Object.keys(SUFFIXES)
    .filter((each) => each.startsWith(`${series}.`) || each.startsWith(`${series}-`))
    .map((each) => each.slice(name.length + 1).replace("-gpu-", " with "))
  throw noRule(`framework "${name}:${version}" for ml.p4d and smddp`, `CUDA 11 is known only in ${known.join(", ")}`)
}
