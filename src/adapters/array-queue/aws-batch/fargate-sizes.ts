import { RegattaError } from "../../../core/errors.ts"

/** MiB that Fargate allows with each number of vCPUs (SDK, `ResourceRequirement`). */
const SIZES: readonly (readonly [vcpu: number, memoryMiB: readonly number[]])[] = [
  [0.25, [512, 1024, 2048]],
  [0.5, steps(1024, 4096, 1024)],
  [1, steps(2048, 8192, 1024)],
  [2, steps(4096, 16_384, 1024)],
  [4, steps(8192, 30_720, 1024)],
  [8, steps(16_384, 61_440, 4096)],
  [16, steps(32_768, 122_880, 8192)],
]

function steps(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step)
}

/** The memory of a Fargate task in MiB: as given, else the least that goes with its vCPUs. Error `usage`: no such size. */
export function fargateMemory(vcpu: number, given: number | undefined): number {
  const allowed = SIZES.find(([each]) => each === vcpu)?.[1]
  if (allowed === undefined)
    throw new RegattaError("usage", `batch.vcpu: Fargate has ${SIZES.map(([each]) => each).join(", ")}, got ${vcpu}`)
  const memory = given ?? allowed[0] ?? 0
  if (allowed.includes(memory)) return memory
  throw new RegattaError(
    "usage",
    `batch.memory_mib: with ${vcpu} vCPU Fargate has ${allowed.join(", ")} MiB, got ${memory}`,
  )
}
