import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Container, inputDataConfig, resourceConfig } from "../contract/container.ts"

/** Makes the tree that a container finds at `/opt/ml`, with its three configuration files. `checkpoints`: a folder that outlives the job. */
export function makeHostFolder(folder: string, container: Container, checkpoints: string | null): void {
  for (const below of ["input/config", "input/data", "model", "output/data", "output/intermediate", "code"]) {
    mkdirSync(join(folder, below), { recursive: true })
  }
  makeCheckpoints(join(folder, "checkpoints"), checkpoints)
  const config = (name: string, value: unknown) =>
    writeFileSync(join(folder, "input", "config", name), `${JSON.stringify(value, null, 1)}\n`)
  config("hyperparameters.json", container.hyperparameters)
  config("inputdataconfig.json", inputDataConfig(container.channels))
  config("resourceconfig.json", resourceConfig(container))
}

/** Linked, not copied at the end: a checkpoint is kept whatever becomes of the job and of its supervisor. */
function makeCheckpoints(path: string, target: string | null): void {
  if (target === null) {
    mkdirSync(path)
    return
  }
  mkdirSync(target, { recursive: true })
  symlinkSync(target, path)
}
