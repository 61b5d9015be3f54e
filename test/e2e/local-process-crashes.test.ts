import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { isAlive } from "../../src/adapters/process/identity.ts"
import { signalProcess } from "../../src/adapters/process/processes.ts"
import type { RunId } from "../../src/core/ids.ts"
import {
  aBench,
  aJob,
  aProgram,
  type Bench,
  created,
  ENTRY,
  ended,
  identityOf,
  type Job,
  jobOf,
  logOf,
  trained,
  trainersLeft,
  until,
} from "./local-job.ts"

let bench: Bench
beforeAll(() => {
  bench = aBench()
})
afterAll(() => bench.close())

const never = new AbortController().signal

async function shell(script: string) {
  return { program: await aProgram(bench, { "train.sh": script }) }
}

/** A job whose every training leaves a line in a file of its own. */
async function counted(seconds = 0): Promise<{ readonly job: Job; trainings(): number }> {
  const file = join(bench.folder, `count-${Math.random()}`)
  const job = aJob(await shell(`echo training >> '${file}'; sleep ${seconds}`))
  return { job, trainings: () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0) }
}

test("a supervisor killed by SIGKILL: its trainers are ended, and the job has failed, for every observer alike", async () => {
  const job = aJob(await shell("sleep 600 & setsid sleep 600 & echo up; sleep 600"), { hosts: 2 })
  await created(bench, job)
  await until(bench, job, "up", () => logOf(bench, job).match(/^up$/gm)?.length === 2)
  expect(trainersLeft(job).length).toBeGreaterThanOrEqual(6)
  signalProcess(identityOf(bench, job), "SIGKILL")
  const [one, other] = await Promise.all([ended(bench, job), ended(bench, job, bench.other())])
  expect(trainersLeft(job)).toEqual([])
  expect(one.end).toMatchObject({ status: "failed", cause: "service", billableSeconds: null, artifact: null })
  expect(one.end.reason).toMatch(new RegExp(`^the supervisor of ${job.attempt.jobName} was killed \\(process .*\\)$`))
  expect(other.end).toEqual(one.end)
})

test("a supervisor whose job's folder was removed ends its trainers and itself, and makes no folder anew", async () => {
  const job = aJob(await shell("setsid sleep 600 & echo up; sleep 600"), { hosts: 2 })
  await created(bench, job)
  await until(bench, job, "up", () => logOf(bench, job).match(/^up$/gm)?.length === 2)
  const supervisor = identityOf(bench, job)
  rmSync(bench.jobFolder(job.attempt), { recursive: true, force: true, maxRetries: 5 })
  const deadline = Date.now() + 60_000
  while (isAlive(supervisor) === true && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect([isAlive(supervisor), trainersLeft(job)]).toEqual([false, []])
  expect(existsSync(bench.jobFolder(job.attempt))).toBe(false)
})

test("a supervisor killed while it was stopping a job leaves a stopped job", async () => {
  const job = aJob(await shell("trap '' TERM; echo up; while :; do sleep 0.05; done"), {
    local: { stopGraceSeconds: 60 },
  })
  await created(bench, job)
  await until(bench, job, "up", () => logOf(bench, job).includes("up"))
  await bench.service.stop(job.run, job.attempt)
  signalProcess(identityOf(bench, job), "SIGKILL")
  expect((await ended(bench, job)).end).toMatchObject({ status: "stopped", cause: "person" })
  expect(trainersLeft(job)).toEqual([])
})

test("a supervisor killed at any moment leaves one end that is true, and no process", async () => {
  for (let delay = 0; delay < 240; delay += 20) {
    const { job, trainings } = await counted(0.1)
    await created(bench, job)
    await until(bench, job, "supervised", () => existsSync(join(bench.jobFolder(job.attempt), "supervisor.json")))
    await new Promise((resolve) => setTimeout(resolve, delay))
    const isThere = signalProcess(identityOf(bench, job), "SIGKILL")
    const [one, other] = await Promise.all([ended(bench, job), ended(bench, job, bench.other())])
    expect(other.end).toEqual(one.end)
    expect(trainersLeft(job)).toEqual([])
    if (one.end.status === "completed") expect(trainings()).toBe(1)
    else expect([isThere, one.end.status, one.end.cause]).toEqual([true, "failed", "service"])
  }
})

test.each([
  ["a stop", { status: "stopped", cause: "person" }],
  ["max_runtime", { status: "failed", cause: "service" }],
])("a supervisor that hangs in a metric's expression is killed some time after %s", async (what, expected) => {
  const job = aJob({
    ...(await shell(`echo ${"a".repeat(50)}b; sleep 600`)),
    metrics: { hang: "(a+)+$" },
    maxRuntimeSeconds: what === "a stop" ? 600 : 1,
  })
  await created(bench, job)
  await until(bench, job, "logging", () => logOf(bench, job).includes("aab"))
  if (what === "a stop") await bench.service.stop(job.run, job.attempt)
  expect((await bench.service.describe(job.run, job.attempt)).kind).toBe("job")
  const later = bench.other({ now: () => Date.now() + 60_000 })
  expect((await ended(bench, job, later)).end).toMatchObject(expected)
  expect(trainersLeft(job)).toEqual([])
})

test("a supervisor told to end by the machine reports a failure of the service, not a stop", async () => {
  const job = aJob(await shell("echo up; sleep 600"))
  await created(bench, job)
  await until(bench, job, "up", () => logOf(bench, job).includes("up"))
  signalProcess(identityOf(bench, job), "SIGTERM")
  expect((await ended(bench, job)).end).toMatchObject({ status: "failed", cause: "service" })
})

test("two creates at once make one job that trains once", async () => {
  const { job, trainings } = await counted(0.1)
  const others = Array.from({ length: 8 }, () => bench.other())
  const seen = await Promise.all(others.map((service) => service.create(job.run, job.spec, job.attempt, never)))
  expect(seen.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => "job"))
  expect((await ended(bench, job)).end.status).toBe("completed")
  expect(trainings()).toBe(1)
})

test("a create of a job that has ended answers with its end and trains no more", async () => {
  const { job, trainings } = await counted()
  await trained(bench, job)
  const again = jobOf(await bench.other().create(job.run, job.spec, job.attempt, never))
  expect([again.end?.status, trainings()]).toEqual(["completed", 1])
})

test("a name that belongs to another run is foreign, and is left alone", async () => {
  const { job } = await counted()
  await trained(bench, job)
  const stranger = { ...job.run, run: "rg-20261120142233-other-aaaa" as RunId }
  const seen = await bench.service.create(stranger, job.spec, job.attempt, never)
  expect(seen).toEqual({
    kind: "foreign",
    detail: `${bench.jobFolder(job.attempt)} belongs to row 0 of ${job.run.run}`,
  })
  expect(await bench.service.stop(stranger, job.attempt)).toBe("absent")
})

test("a job whose creator died before it started the supervisor is started by the next observer, once", async () => {
  const { job, trainings } = await counted()
  await bench.other({ self: ["/bin/true"] }).create(job.run, job.spec, job.attempt, never)
  makeCreatorDead(job)
  const observers = [bench.other(), bench.other()]
  const ends = await Promise.all(observers.map((service) => ended(bench, job, service)))
  expect(ends.map(({ end }) => end.status)).toEqual(["completed", "completed"])
  expect(trainings()).toBe(1)
})

test("a creator killed at any moment leaves a job or none, and the row is trained once", async () => {
  for (let delay = 0; delay < 24; delay += 2) {
    const { job, trainings } = await counted()
    const file = join(bench.folder, `${job.attempt.jobName}.json`)
    writeFileSync(file, JSON.stringify(job))
    const creator = spawn(process.execPath, [
      join(import.meta.dirname, "create-process.ts"),
      bench.folder,
      file,
      process.execPath,
      ENTRY,
    ])
    await once(creator.stdout, "data")
    await killedAfter(creator, delay)
    const next = bench.other()
    const seen = await next.create(job.run, job.spec, job.attempt, never)
    expect(seen.kind).toBe("job")
    expect((await ended(bench, job, next)).end.status).toBe("completed")
    expect(trainings()).toBe(1)
  }
  expect(trainersLeft(aJob({}))).toEqual([])
})

test("after sendBy nothing is created, and a creator that slept finds its name taken", async () => {
  const { job, trainings } = await counted()
  const late = { ...job.attempt, sendBy: Date.now() - 1 }
  const seen = await bench.service.create(job.run, job.spec, late, never)
  expect(seen.kind).toBe("absent")
  // What the sleeper does when it wakes up behind its last look at the clock: the rename.
  const slept = join(bench.folder, "jobs", ".new-sleeper")
  mkdirSync(slept)
  writeFileSync(join(slept, "job.json"), "{}")
  expect(() => renameSync(slept, bench.jobFolder(late))).toThrow(/ENOTEMPTY|EEXIST/)
  expect((await bench.service.describe(job.run, late)).kind).toBe("absent")
  // A new claim may use the same name.
  expect((await trained(bench, job)).end.status).toBe("completed")
  expect(trainings()).toBe(1)
})

test("before sendBy an absent job is absent, and its name is free", async () => {
  const { job } = await counted()
  expect((await bench.service.describe(job.run, job.attempt)).kind).toBe("absent")
  expect(await bench.service.stop(job.run, job.attempt)).toBe("absent")
  expect(existsSync(bench.jobFolder(job.attempt))).toBe(false)
})

test("a create whose signal has fired sends nothing", async () => {
  const { job } = await counted()
  const seen = await bench.service.create(job.run, job.spec, job.attempt, AbortSignal.abort())
  expect(seen.kind).toBe("absent")
  expect(existsSync(bench.jobFolder(job.attempt))).toBe(false)
})

test("a supervisor that can never be started ends the job, in words that say why", async () => {
  let now = Date.now()
  const service = bench.other({ self: ["/bin/sh", "-c", "echo no such thing >&2; exit 1"], now: () => now })
  const { job, trainings } = await counted()
  await service.create(job.run, job.spec, job.attempt, never)
  const seen = await until(
    bench,
    job,
    "ended",
    ({ end }) => {
      now += 11_000
      return end !== null
    },
    service,
  )
  expect(seen.end).toMatchObject({ status: "failed", cause: "service", billableSeconds: 0 })
  expect(seen.end?.reason).toBe(`the supervisor of ${job.attempt.jobName} could not be started: no such thing`)
  expect(trainings()).toBe(0)
})

test("what cannot be created is refused with the path and the reason, and leaves nothing", async () => {
  const { job } = await counted()
  const file = join(bench.folder, "a-file")
  writeFileSync(file, "")
  const service = bench.other({ stateFolder: file })
  const seen = await service.create(job.run, job.spec, job.attempt, never)
  expect(seen).toMatchObject({ kind: "refused", hopeless: true })
})

test("jobs that changed are listed by region and prefix, newest first, page by page", async () => {
  const before = Date.now()
  const prefix = "rg-20261120142299-listed"
  const names: string[] = []
  for (let index = 0; index < 3; index += 1) {
    const { job } = await counted()
    const named = {
      ...job,
      attempt: { ...job.attempt, jobName: `${prefix}-r${index}-a1` as typeof job.attempt.jobName },
    }
    await trained(bench, named)
    names.unshift(named.attempt.jobName)
  }
  const all = await bench.service.changedSince("us-east-1", prefix, before, null)
  expect(all.jobs.map(({ jobName }) => jobName)).toEqual(names)
  expect(all.jobs.map(({ end }) => end?.status)).toEqual(["completed", "completed", "completed"])
  expect(all.next).toBe(null)
  expect((await bench.service.changedSince("eu-west-1", prefix, before, null)).jobs).toEqual([])
  expect((await bench.service.changedSince("us-east-1", prefix, Date.now() + 1, null)).jobs).toEqual([])
  expect((await bench.service.changedSince("us-east-1", "rg-2027", before, null)).jobs).toEqual([])
})

function makeCreatorDead(job: Job): void {
  const file = join(bench.jobFolder(job.attempt), "job.json")
  const description = JSON.parse(readFileSync(file, "utf8")) as { createdBy: string }
  const dead = description.createdBy.replace(/\d+$/, "1")
  expect(isAlive(dead)).toBe(false)
  writeFileSync(file, JSON.stringify({ ...description, createdBy: dead }))
}

async function killedAfter(creator: ChildProcess, milliseconds: number): Promise<void> {
  const exit = once(creator, "exit")
  const timer = setTimeout(() => creator.kill("SIGKILL"), milliseconds)
  await exit
  clearTimeout(timer)
}
