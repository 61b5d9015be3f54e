import { MemoryFileSystem } from "../src/adapters/file-system/memory/memory-file-system.ts"
import { SageMakerPreview } from "../src/adapters/training-service/sagemaker/sagemaker-preview.ts"
import { loadConfig } from "../src/app/load-config.ts"
import { type PlacingPorts, withPlaced } from "../src/app/place-rows.ts"
import { planRun } from "../src/app/plan-run.ts"
import type { Planned, PlanRequest } from "../src/app/planned.ts"
import { mergeConfig } from "../src/config.ts"
import type { CodeSource } from "../src/core/job/code-source.ts"
import type { JobSpec } from "../src/core/job/job-spec.ts"
import { resolvePath } from "../src/core/paths.ts"
import { formatProblem } from "../src/core/problem.ts"
import type { AccountPorts } from "../src/ports/account-ports.ts"
import { aWorld } from "./builders.ts"

export const FOLDER = "/home/ada/project"

/** Settings with which a row of a region alone is right, on aws. */
export const AWS_YAML = `on: aws
account: "123456789012"
defaults:
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  instance_type: ml.m5.large
  role: arn:aws:iam::123456789012:role/training
`

export interface Outcome extends Planned {
  readonly specs: readonly JobSpec[]
  readonly codes: readonly (CodeSource | null)[]
  /** Problems as people see them, file names without the folder. */
  readonly said: readonly string[]
}

interface Bed {
  readonly yaml?: string
  /** By path from the manifest's folder. */
  readonly files?: Readonly<Record<string, string>>
  readonly request?: Partial<PlanRequest>
  readonly on?: string
  /** Programs that this machine does not have. */
  readonly without?: readonly string[]
  /** Missing: nothing is asked. */
  readonly account?: AccountPorts
  /** Missing: nobody chooses regions. */
  readonly placing?: PlacingPorts
}

/** Plans a manifest of memory with the regatta.yaml beside it: right for aws unless given. */
export async function plan(csv: string | Uint8Array, bed: Bed = {}): Promise<Outcome> {
  const files = new MemoryFileSystem({
    [`${FOLDER}/manifest.csv`]: csv,
    [`${FOLDER}/regatta.yaml`]: bed.yaml ?? AWS_YAML,
  })
  for (const [path, text] of Object.entries(bed.files ?? {})) files.put(resolvePath(FOLDER, path), text)
  for (const program of bed.without ?? []) files.missingPrograms.add(program)
  const manifest = `${FOLDER}/manifest.csv`
  const file = await loadConfig({ files }, { manifest, cwd: FOLDER, named: null })
  const flags = { on: bed.on ?? null, table: null, stateFolder: null }
  const config = mergeConfig(file, { env: {}, cwd: FOLDER, flags })
  const request: PlanRequest = { manifest, columns: null, allowPlainEnv: [], name: null, row: null, ...bed.request }
  const specs: JobSpec[] = []
  const codes: (CodeSource | null)[] = []
  const { account: ports } = bed
  const preview = new SageMakerPreview({ account: config.account, prefix: config.prefix, codeLocation: null })
  const asking = ports === undefined ? {} : { account: { ports, preview } }
  const placing = bed.placing === undefined ? {} : { placing: bed.placing }
  const all = { files, world: aWorld(), ...asking, ...placing }
  const planned = await planRun(all, config, await withPlaced(all, config, request), async (spec, code) => {
    specs.push(spec)
    codes.push(code)
  })
  const said = planned.problems.map((problem) => formatProblem(problem).replace(`${FOLDER}/`, ""))
  return { ...planned, specs, codes, said }
}

/** The only row of a manifest that is right. */
export async function onlyRow(csv: string, bed: Bed = {}): Promise<JobSpec> {
  const { specs, said } = await plan(csv, bed)
  const [spec] = specs
  if (spec === undefined || specs.length > 1)
    throw new Error(`expected one row, got ${specs.length}:\n${said.join("\n")}`)
  return spec
}
