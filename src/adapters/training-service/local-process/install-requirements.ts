import { existsSync } from "node:fs"
import { join } from "node:path"
import { findPrograms } from "../../process/find-programs.ts"
import type { JobPaths } from "../../process/job-folder.ts"
import type { JobDescription } from "./job-description.ts"
import type { JobHost } from "./job-hosts.ts"
import { CannotTrain } from "./run/program-command.ts"
import { type TrainOptions, train } from "./run/train.ts"

/**
 * Installs the code's requirements.txt into a folder of the job, never into the machine's Python. Null: there is nothing to
 * install, or it is not wanted (the log says so). Error `CannotTrain` when pip fails, with its last lines.
 */
export async function installRequirements(
  paths: JobPaths,
  description: JobDescription,
  leader: JobHost,
  env: Readonly<Record<string, string | undefined>>,
  options: TrainOptions,
): Promise<string | null> {
  const code = join(leader.folder, "code")
  if (!existsSync(join(code, "requirements.txt"))) return null
  if (!description.local.install) {
    leader.log.say("requirements.txt is not installed: local.install is not true in regatta.yaml")
    return null
  }
  const [python] = findPrograms("python3", description.spec.environment["PATH"] ?? env["PATH"])
  if (python === undefined) throw new CannotTrain("python3 is not on the PATH, so requirements.txt cannot be installed")
  const packages = join(paths.folder, "packages")
  const pip = [python, "-m", "pip", "install", "--no-input", "--target", packages, "-r", "requirements.txt"] as const
  const quiet = { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" }
  const marked = { ...env, ...quiet, ...description.spec.environment, TRAINING_JOB_NAME: description.jobName }
  const end = await train([{ host: leader.name, command: pip, env: marked, cwd: code, log: leader.log }], options)
  if (end.by === "failure")
    throw new CannotTrain(`pip install -r requirements.txt: ${leader.log.lastLines(3).join("\n")}`)
  return packages
}
