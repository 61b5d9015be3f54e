// A program of its own in the place of a built-in algorithm: reads /opt/ml as that would, trains, and writes a model of ours.
// Never claims to be the algorithm: its first line says so, and what it does not do it refuses or names.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { RegattaError } from "../../../../core/errors.ts"
import { STAND_INS, type StandInName } from "../../../../core/manifest/stand-ins.ts"
import type { Shell } from "../../../../ports/world.ts"
import { trainBoostedTrees } from "./boosted-trees/train-boosted-trees.ts"
import { type ContainerInput, readContainer } from "./container-input.ts"
import { trainLinearModel } from "./linear-model/train-linear-model.ts"
import { meetHosts } from "./meet-hosts.ts"
import type { Training } from "./training.ts"

export type StandInHost = Pick<Shell, "env" | "out" | "terminated">

const TRAINERS: Readonly<Record<StandInName, (training: Training) => Promise<unknown>>> = {
  xgboost: trainBoostedTrees,
  "linear-learner": trainLinearModel,
}

/** File of the trained model, in the model folder; docs/stand-ins.md describes it. */
export const MODEL_FILE = "regatta-stand-in-model.json"

/** Exit code of the process: 0; 1 when the data or a hyperparameter is wrong (told in the failure file); 143 stopped. */
export async function runStandIn(name: string, host: StandInHost): Promise<number> {
  const algorithm = STAND_INS.find((each) => each === name)
  if (algorithm === undefined) {
    throw new RegattaError("usage", `regatta has no stand-in for "${name}"; it has ${STAND_INS.join(", ")}`)
  }
  const say = (line: string) => host.out(`${line}\n`)
  say(
    `regatta's stand-in for ${name}, not SageMaker's ${name}: a small program that reads the same input and trains a like model`,
  )
  const container = readContainer(host.env)
  try {
    await train(algorithm, container, host, say)
    return 0
  } catch (error) {
    if (host.terminated.aborted) return 143
    return fail(container, error, say)
  }
}

async function train(
  algorithm: StandInName,
  container: ContainerInput,
  host: StandInHost,
  say: (line: string) => void,
): Promise<void> {
  const group = await meetHosts(container)
  try {
    const model = await TRAINERS[algorithm]({ container, group, say, stop: host.terminated })
    if (!group.isFirst) return
    mkdirSync(container.modelFolder, { recursive: true })
    writeFileSync(
      join(container.modelFolder, MODEL_FILE),
      `${JSON.stringify({ madeBy: `regatta's stand-in for ${algorithm}`, version: 1, ...(model as object) })}\n`,
    )
  } finally {
    group.close()
  }
}

function fail(container: ContainerInput, error: unknown, say: (line: string) => void): number {
  const message = error instanceof Error ? error.message : String(error)
  const isTheirs = error instanceof RegattaError
  say(isTheirs ? `error: ${message}` : `error: ${error instanceof Error ? error.stack : message}`)
  mkdirSync(container.outputFolder, { recursive: true })
  writeFileSync(
    join(container.outputFolder, "failure"),
    `${isTheirs ? "ClientError" : "InternalError"} (regatta's stand-in): ${message}`,
  )
  return 1
}
