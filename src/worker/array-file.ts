import { type ArrayFileJob, adoptArrayFile } from "../app/adopt-array-file.ts"
import { readTextOf } from "../app/array-file-view.ts"
import { loadConfig, parseConfig } from "../app/load-config.ts"
import { statAnywhere } from "../app/stat-anywhere.ts"
import { mergeConfig } from "../config.ts"
import { homeRegion } from "../core/config/child-settings.ts"
import type { Config } from "../core/config/config.ts"
import type { ConfigFile } from "../core/config/config-file.ts"
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, Uri } from "../core/ids.ts"
import { parentJob } from "../core/run/queue-job.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Compose, Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import type { ArrayFileAssignment } from "./assignment.ts"

/** The configuration of a worker without a run: REGATTA_CONFIG (in S3, or a file of the image), else a regatta.yaml of the image. Error `usage` names what is missing. */
export async function arrayFileConfig(shell: Shell, compose: Compose): Promise<Config> {
  const { env, cwd } = shell
  const home = homeRegion(env)
  const early = compose(
    { on: "aws", table: "", stateFolder: cwd, home, account: env["REGATTA_ACCOUNT"] || null },
    shell,
  )
  try {
    const file = await configFile(shell, early, home)
    const config = mergeConfig(file, { env, cwd, flags: { on: "aws", table: null, stateFolder: null } })
    if (config.home === null) throw missing("home", "REGATTA_HOME_REGION")
    if (config.table.startsWith("sqlite:")) throw missing("table", "REGATTA_TABLE")
    return config
  } finally {
    await early.close()
  }
}

async function configFile({ env, cwd }: Shell, ports: Ports, home: string | null): Promise<ConfigFile | null> {
  const named = env["REGATTA_CONFIG"] || null
  if (named === null || !named.startsWith("s3://")) return loadConfig(ports, { manifest: null, cwd, named })
  if (home === null) throw missing("home", "REGATTA_HOME_REGION")
  const objects = await ports.objects()
  const text = await readTextOf(objects, await statAnywhere(objects, named as Uri, home))
  return parseConfig(named, cwd, text)
}

/** The run of the array that this worker is a child of. */
export async function arrayFileRunOf(
  shell: Shell,
  ports: Ports,
  config: Config,
  assignment: ArrayFileAssignment,
  me: OwnerId,
): Promise<RunRecord> {
  const open = {
    files: ports.files,
    objects: await ports.objects(),
    table: await ports.table(),
    timing: ports.timing,
    world: shell,
    caller: () => ports.caller(),
  }
  return adoptArrayFile(open, config, await jobOf(ports, assignment), me, shell.terminated)
}

async function jobOf(ports: Ports, { uri, columns, source, job, size }: ArrayFileAssignment): Promise<ArrayFileJob> {
  if (source.kind === "list") throw new RegattaError("fault", "an array file has no row list")
  const parent = parentJob(job)
  const of = { uri, columns, parent }
  if (source.kind === "row") return { ...of, size: 1, first: source.index }
  return { ...of, size: size > 1 ? size : await askSize(ports, parent), first: source.offset }
}

/** Where the environment does not tell how many children there are, Batch does. */
async function askSize(ports: Ports, parent: string): Promise<number> {
  const counts = (await (await ports.queue()).counts([parent])).get(parent)
  if (counts === undefined)
    throw new RegattaError("unavailable", `Batch does not tell the size of the array ${parent}`, {
      hint: "AWS_BATCH_JOB_ARRAY_SIZE, which Batch sets for each child, is missing",
    })
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}

function missing(key: string, variable: string): RegattaError {
  return new RegattaError("usage", `${key} is not set: a worker without a run needs it in its regatta.yaml`, {
    hint: `name one with REGATTA_CONFIG (an s3:// URI, or a file of the image), or set ${variable}`,
    fields: { key },
  })
}
