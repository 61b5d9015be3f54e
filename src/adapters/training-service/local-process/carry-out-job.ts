import { existsSync, readdirSync, rmSync, statfsSync } from "node:fs"
import { join } from "node:path"
import type { JobEnd } from "../../../core/job/training-job.ts"
import type { Shell } from "../../../ports/world.ts"
import { appendLeader, isUnseated, type JobPaths, stopAskedAt } from "../../process/job-folder.ts"
import { type Binding, probeBinding } from "../../process/opt-ml.ts"
import { killFamily } from "../../process/processes.ts"
import { familyOf } from "./family.ts"
import { installRequirements } from "./install-requirements.ts"
import type { JobDescription } from "./job-description.ts"
import { clientFailure, type Verdict, verdictOf } from "./job-end.ts"
import { type JobHost, openHosts } from "./job-hosts.ts"
import { trainersOf } from "./job-trainers.ts"
import { locate } from "./locate.ts"
import type { JobProgress } from "./progress.ts"
import { CannotTrain } from "./run/program-command.ts"
import { type TrainingEnd, type TrainOptions, train } from "./run/train.ts"
import { makeHostFolder } from "./stage/host-folders.ts"
import { stageChannel } from "./stage/stage-channel.ts"
import { stageCode } from "./stage/stage-code.ts"
import { uploadArtifacts } from "./upload-artifacts.ts"

/** On a disk with less room than this, what is left of a failed training goes. */
const LITTLE_ROOM_BYTES = 64 * 1024 * 1024

/** What the supervisor gets of its process. */
export type SupervisorHost = Pick<Shell, "clock" | "env" | "process" | "self" | "terminated" | "err">

/** Where an error stands above its trace. */
const LOOKED_AT_LINES = 40

export interface JobRun {
  readonly paths: JobPaths
  readonly description: JobDescription
  readonly host: SupervisorHost
  readonly progress: JobProgress
}

export type JobOutcome = Verdict & Pick<JobEnd, "artifact">

/** Downloads, trains and uploads; whatever goes wrong with the row's own things is an outcome. */
export async function carryOutJob(run: JobRun): Promise<JobOutcome> {
  const { paths, description, host, progress } = run
  const binding = await bindingOf(run)
  const hosts = openHosts(paths, description, binding, progress, () => host.clock.now())
  try {
    sayWhere(binding, hosts)
    if (isStopping(run)) return { ...stopped(run), artifact: null }
    const download = await attempt("Data download", () => stage(run, hosts))
    const verdict = download ?? (await trainOn(run, binding, hosts))
    // Who removed the job's folder wants nothing of it.
    if (isUnseated(paths, host.process)) return { ...verdict, artifact: null }
    const outcome = await upload(run, hosts, verdict)
    cleanUp(paths, verdict, outcome)
    return outcome
  } finally {
    for (const { log } of hosts) log.close()
  }
}

/** Null: it went well. */
async function attempt(doing: string, work: () => Promise<void>): Promise<Verdict | null> {
  try {
    await work()
    return null
  } catch (error) {
    return clientFailure(doing, error)
  }
}

async function bindingOf({ description }: JobRun): Promise<Binding> {
  return description.bindOptMl ? probeBinding(description.stateFolder) : { mode: "none", layer: "" }
}

function sayWhere(binding: Binding, hosts: readonly JobHost[]): void {
  if (binding.mode !== "none") return
  for (const { log, folder } of hosts) {
    log.say(`/opt/ml cannot be bound on this machine: values that begin with it are rewritten to ${folder}`)
  }
}

async function stage({ description, host, progress }: JobRun, hosts: readonly JobHost[]): Promise<void> {
  progress.enter("downloading", host.clock.now())
  const { checkpoint, channels, trains, program } = description.spec
  const checkpoints = checkpoint === null ? null : locate(checkpoint.uri, description)
  for (const { folder, container } of hosts) makeHostFolder(folder, container, checkpoints)
  const folders = hosts.map(({ folder }) => folder)
  const say = (text: string) => {
    for (const { log } of hosts) log.say(text)
  }
  if (trains.kind === "image" && program !== null)
    say(`${trains.image} is not used on local: the entry point runs as it is`)
  await stageCode(description, folders)
  for (const channel of channels) {
    for (const note of await stageChannel(channel, description, folders, host.terminated)) say(note)
  }
}

async function trainOn(run: JobRun, binding: Binding, hosts: readonly JobHost[]): Promise<Verdict> {
  const { paths, description, host, progress } = run
  const [leader] = hosts
  if (leader === undefined || isStopping(run)) return stopped(run)
  try {
    const packages = await installRequirements(paths, description, leader, host.env, optionsOf(run))
    const trainers = trainersOf({ paths, description, binding, hosts, env: host.env, self: host.self, packages })
    progress.enter("training", host.clock.now())
    return verdict(run, hosts, await train(trainers, optionsOf(run)))
  } catch (error) {
    if (error instanceof CannotTrain) return clientFailure("Training", error)
    throw error
  } finally {
    await killFamily(familyOf(paths, description.jobName))
  }
}

function optionsOf({ paths, description, host, progress }: JobRun): TrainOptions {
  const until = (progress.startedAt ?? host.clock.now()) + description.spec.maxRuntimeSeconds * 1000
  return {
    stop: host.terminated,
    runtimeMs: until - host.clock.now(),
    graceMs: description.local.stopGraceSeconds * 1000,
    onStarted: (identity) => appendLeader(paths, identity),
  }
}

function verdict(run: JobRun, hosts: readonly JobHost[], end: TrainingEnd): Verdict {
  if (end.by === "stop") return stopped(run)
  return verdictOf(end, run.description.spec.maxRuntimeSeconds, {
    folder: (name) => join(run.paths.hosts, name),
    lastLines: (name) => hosts.find((one) => one.name === name)?.log.lastLines(LOOKED_AT_LINES) ?? [],
  })
}

/** A request that came before the seat was taken has sent no signal. */
function isStopping({ paths, host }: JobRun): boolean {
  return host.terminated.aborted || stopAskedAt(paths) !== null
}

/** A stop that somebody asked for is theirs; any other signal is the machine's doing. */
function stopped({ paths, description, host }: JobRun): Verdict {
  if (stopAskedAt(paths) !== null) return { status: "stopped", cause: "person", reason: "stopped on request" }
  const reason = `the supervisor of ${description.jobName} was told to end (${String(host.terminated.reason)})`
  return { status: "failed", cause: "service", reason }
}

async function upload(run: JobRun, hosts: readonly JobHost[], verdict: Verdict): Promise<JobOutcome> {
  run.progress.enter("uploading", run.host.clock.now())
  const folders = hosts.map(({ folder }) => folder)
  try {
    const { artifact, notes } = await uploadArtifacts(run.description, folders, verdict.status !== "failed")
    for (const note of notes) hosts[0]?.log.say(note)
    return { ...verdict, artifact }
  } catch (error) {
    // The first failure is the reason.
    return { ...(verdict.status === "completed" ? clientFailure("Artifact upload", error) : verdict), artifact: null }
  }
}

/**
 * The hosts' folders go, as the instances would; of a failed job they stay for whoever looks, without their input. But a
 * failed training does not keep a disk full that its neighbours and the table need; a model that could not be uploaded stays.
 */
function cleanUp(paths: JobPaths, verdict: Verdict, outcome: JobOutcome): void {
  for (const name of ["packages", "etc-hosts", "rank.sh"]) {
    rmSync(join(paths.folder, name), { recursive: true, force: true })
  }
  if (outcome.status !== "failed" || (verdict.status === "failed" && isNearlyFull(paths.folder))) {
    rmSync(paths.hosts, { recursive: true, force: true })
  }
  for (const name of existsSync(paths.hosts) ? readdirSync(paths.hosts) : []) {
    rmSync(join(paths.hosts, name, "input", "data"), { recursive: true, force: true })
  }
}

function isNearlyFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < LITTLE_ROOM_BYTES
}
