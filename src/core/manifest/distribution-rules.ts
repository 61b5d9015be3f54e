import type { Distribution, JobSpec, Trains } from "../job/job-spec.ts"
import { gpusOf } from "./instance-types.ts"
import type { RowReader } from "./row-reader.ts"

type Find = RowReader["find"]

/** What `distribution` asks of the row's script, machines and image. */
export function findDistribution(find: Find, spec: JobSpec): void {
  const { distribution, program, places } = spec
  if (distribution.kind === "none") return
  if (program === null) find("distribution", `${distribution.kind} needs an entry_point`)
  if (distribution.kind === "torchrun" && program !== null && !program.entryPoint.endsWith(".py")) {
    find("entry_point", "torchrun starts Python: the script's name ends in .py")
  }
  const refusal = frameworkRefusal(distribution.kind, spec.trains)
  if (refusal !== null) find("distribution", refusal)
  const gpus = gpusOf(places[0].instanceType)
  if (distribution.kind === "mpi" && gpus !== null && (distribution.processesPerHost ?? 0) > gpus) {
    find(
      "mpi.processes_per_host",
      `${places[0].instanceType} has ${gpus} ${gpus === 1 ? "GPU" : "GPUs"}, fewer than processes`,
      "warning",
    )
  }
}

/** As major + minor / 100, so that 2.11 is above 2.3. */
type Versions = readonly [from: number, to: number]

const ANY: Versions = [0, Number.POSITIVE_INFINITY]

/** Frameworks, and their versions, whose images of AWS can do it (SageMaker's Python SDK 2.257.6); missing: all can. */
const NEEDS: Partial<
  Record<Distribution["kind"], { readonly frameworks: Readonly<Record<string, Versions>>; readonly says: string }>
> = {
  smddp: {
    frameworks: { tensorflow: [2.03, 2.11], pytorch: [1.06, 2.02] },
    says: "smddp is in the images of tensorflow 2.3 to 2.11 and pytorch 1.6 to 2.2 only",
  },
  torchrun: {
    frameworks: { pytorch: [1.13, Number.POSITIVE_INFINITY] },
    says: "torchrun starts PyTorch, in AWS's images from 1.13 on",
  },
  "parameter-server": {
    frameworks: { tensorflow: ANY, mxnet: ANY },
    says: "parameter-server is for tensorflow and mxnet",
  },
  "multi-worker-mirrored": {
    frameworks: { tensorflow: [2.09, Number.POSITIVE_INFINITY] },
    says: "multi-worker-mirrored is for tensorflow from 2.9 on",
  },
  "pytorch-xla": { frameworks: { pytorch: ANY }, says: "pytorch-xla is for pytorch" },
}

/** Where the image is AWS's own: the user's may hold anything. */
function frameworkRefusal(kind: Distribution["kind"], trains: Trains): string | null {
  const needs = NEEDS[kind]
  if (needs === undefined || trains.kind !== "framework" || trains.image !== null) return null
  const name = trains.name.replace(/^huggingface-/, "")
  const [major = 0, minor = 0] = trains.version.split(".").map(Number)
  const range = needs.frameworks[name]
  const version = major + minor / 100
  if (range !== undefined && version >= range[0] && version <= range[1]) return null
  return `${needs.says}, and this row trains with ${trains.name}:${trains.version}`
}
