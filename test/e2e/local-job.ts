import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { create } from "tar"
import { identify } from "../../src/adapters/process/identity.ts"
import { probeBinding } from "../../src/adapters/process/opt-ml.ts"
import { familyMembers } from "../../src/adapters/process/processes.ts"
import { LocalProcessTraining } from "../../src/adapters/training-service/local-process/local-process-training.ts"
import type { Observation } from "../../src/core/decision/action.ts"
import type { Attempt } from "../../src/core/decision/row.ts"
import { fileUri } from "../../src/core/file-uri.ts"
import type { RunId } from "../../src/core/ids.ts"
import type { Channel, JobSpec, Program } from "../../src/core/job/job-spec.ts"
import type { JobEnd, TrainingJob } from "../../src/core/job/training-job.ts"
import { jobName } from "../../src/core/run/names.ts"
import type { LocalSettings, RunRecord } from "../../src/core/run/run.ts"
import type { Clock } from "../../src/ports/world.ts"
import { anAttempt, aPlace, aRun, aSpec, localSettings } from "../builders.ts"

/** The entry of every process of ours. */
export const ENTRY = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts")
const LONGEST_MS = 60_000

const clock: Clock = {
  now: () => Date.now(),
  sleep: (until) => new Promise((resolve) => setTimeout(resolve, until - Date.now())),
}

export interface Difference {
  readonly self?: readonly [string, ...string[]]
  readonly stateFolder?: string
  readonly now?: () => number
}

export interface Bench {
  readonly folder: string
  readonly service: LocalProcessTraining
  /** A service as another process of ours would have it; with a broken `self` its supervisors never come. */
  other(difference?: Difference): LocalProcessTraining
  jobFolder(attempt: Attempt): string
  close(): void
}

/** A state folder of its own, with a service that starts real supervisors. */
export function aBench(difference: { readonly bindOptMl?: boolean } = {}): Bench {
  const folder = mkdtempSync(join(process.env["REGATTA_TEST_TMP"] ?? tmpdir(), "regatta-local-"))
  const options = {
    stateFolder: folder,
    clock,
    log: { event: () => {} },
    self: [process.execPath, ENTRY] as const,
    process: identify(process.pid) ?? "",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], REGATTA_HOME: folder, REGATTA_TABLE: "memory:" },
    ...difference,
  }
  return {
    folder,
    service: new LocalProcessTraining(options),
    other: ({ now, ...change } = {}) =>
      new LocalProcessTraining({ ...options, ...change, clock: now === undefined ? clock : { ...clock, now } }),
    jobFolder: (attempt) => join(folder, "jobs", attempt.jobName),
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export interface Job {
  readonly run: RunRecord
  readonly spec: JobSpec
  readonly attempt: Attempt
}

let jobs = 0

/** A row in script mode; each has a name of its own. */
export function aJob(
  spec: Partial<JobSpec>,
  difference: { readonly hosts?: number; readonly local?: Partial<LocalSettings>; readonly sendBy?: number } = {},
): Job {
  jobs += 1
  const run = `rg-20261120142233-local-${process.pid}x${jobs}` as RunId
  const place = aPlace({ instanceType: "ml.m5.large", instances: difference.hosts ?? 1 })
  return {
    run: aRun({ run, local: localSettings(difference.local) }),
    spec: aSpec({ places: [place], maxRuntimeSeconds: 120, ...spec }),
    attempt: anAttempt({
      jobName: jobName(run, 0, 1),
      held: { place, usd: null },
      sendBy: difference.sendBy ?? Date.now() + 60_000,
    }),
  }
}

/** Packs files as `submit` would; the first is the entry point. */
export async function aProgram(bench: Bench, files: Readonly<Record<string, string>>): Promise<Program> {
  const folder = mkdtempSync(join(bench.folder, "code-"))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const archive = `${folder}.tar.gz`
  const names = Object.keys(files)
  await create({ cwd: folder, file: archive, gzip: true, portable: true, noMtime: true }, names)
  return {
    entryPoint: names[0] ?? "",
    sourceDir: null,
    dependencies: [],
    archive: { uri: fileUri(archive), region: "us-east-1", etag: "e", bytes: statSync(archive).size },
  }
}

export function aChannel(difference: Partial<Channel> & Pick<Channel, "name" | "uri">): Channel {
  return {
    distribution: "FullyReplicated",
    dataType: "S3Prefix",
    inputMode: "File",
    contentType: null,
    compression: "None",
    recordWrapper: "None",
    ...difference,
  }
}

/** Writes files below a new folder of the bench and returns its path. */
export function aFolder(bench: Bench, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(bench.folder, "data-"))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** A Python package of one module, `tinypkg`, as pip installs it without an index. */
export function aWheel(bench: Bench): string {
  const about = "tinypkg-1.0.dist-info"
  const folder = aFolder(bench, {
    "tinypkg.py": "X = 42\n",
    [`${about}/METADATA`]: "Metadata-Version: 2.1\nName: tinypkg\nVersion: 1.0\n",
    [`${about}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${about}/RECORD`]: "",
  })
  const file = join(folder, "tinypkg-1.0-py3-none-any.whl")
  execFileSync("python3", ["-m", "zipfile", "-c", file, "tinypkg.py", about], { cwd: folder })
  return file
}

export async function created(bench: Bench, job: Job): Promise<TrainingJob> {
  return jobOf(await bench.service.create(job.run, job.spec, job.attempt, new AbortController().signal))
}

export function jobOf(seen: Observation): TrainingJob {
  if (seen.kind !== "job") throw new Error(`expected a training job, got ${JSON.stringify(seen)}`)
  return seen.job
}

/** Describes until the condition holds; named in the error when it never does. */
export async function until(
  bench: Bench,
  job: Job,
  what: string,
  holds: (seen: TrainingJob) => boolean,
  service: LocalProcessTraining = bench.service,
): Promise<TrainingJob> {
  const deadline = Date.now() + LONGEST_MS
  for (;;) {
    const seen = jobOf(await service.describe(job.run, job.attempt))
    if (holds(seen)) return seen
    if (Date.now() > deadline) throw new Error(`never ${what}: ${JSON.stringify(seen)}\n${logOf(bench, job)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function ended(
  bench: Bench,
  job: Job,
  service?: LocalProcessTraining,
): Promise<TrainingJob & { end: JobEnd }> {
  const seen = await until(bench, job, "ended", ({ end }) => end !== null, service)
  if (seen.end === null) throw new Error("no end")
  return { ...seen, end: seen.end }
}

export async function trained(bench: Bench, job: Job): Promise<TrainingJob & { end: JobEnd }> {
  await created(bench, job)
  return ended(bench, job)
}

/** The log of a host; of all hosts in turn where none is named. */
export function logOf(bench: Bench, job: Job, host?: string): string {
  const logs = join(bench.jobFolder(job.attempt), "logs")
  const names = host === undefined ? readdirSync(logs).filter((name) => name.endsWith(".log")) : [`${host}.log`]
  return names.map((name) => readFileSync(join(logs, name), "utf8")).join("")
}

/** Of the job's supervisor. */
export function identityOf(bench: Bench, job: Job): string {
  const text = readFileSync(join(bench.jobFolder(job.attempt), "supervisor.json"), "utf8")
  return (JSON.parse(text) as { process: string }).process
}

/** Live processes of the job's trainers. */
export function trainersLeft(job: Job): readonly number[] {
  return familyMembers({ leaders: [], marker: `TRAINING_JOB_NAME=${job.attempt.jobName}` })
}

/** Files of an artifact, text by name. */
export async function unpacked(bench: Bench, artifact: string | null): Promise<Readonly<Record<string, string>>> {
  const { extract } = await import("tar")
  const folder = mkdtempSync(join(bench.folder, "unpacked-"))
  await extract({ file: (artifact ?? "").slice("file://".length), cwd: folder })
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")]
    }),
  )
}

/** What this machine lets a trainer have. */
export async function probed(): Promise<{ readonly canBind: boolean }> {
  const bench = aBench()
  try {
    return { canBind: (await probeBinding(bench.folder)).mode !== "none" }
  } finally {
    bench.close()
  }
}
