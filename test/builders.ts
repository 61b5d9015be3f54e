import { createHash } from "node:crypto"
import type { Config } from "../src/core/config/config.ts"
import { AWS_TIMING, type Policy } from "../src/core/decision/policy.ts"
import type { Attempt, RowRecord } from "../src/core/decision/row.ts"
import type { OwnerId, RunId, Uri } from "../src/core/ids.ts"
import { JOB_SPEC_VERSION, type JobSpec } from "../src/core/job/job-spec.ts"
import type { Place } from "../src/core/job/place.ts"
import type { JobEnd, TrainingJob } from "../src/core/job/training-job.ts"
import { jobName } from "../src/core/run/names.ts"
import type { ArrayRecord, LocalSettings, ObjectRef, RunRecord } from "../src/core/run/run.ts"
import type { RunSearch } from "../src/core/run/run-search.ts"
import type { StatusRow } from "../src/core/run/status-document.ts"
import type { Schedule } from "../src/core/schedule/schedule.ts"
import type { Digest } from "../src/ports/digest.ts"
import { TABLE_SCHEMA } from "../src/ports/run-table.ts"
import type { World } from "../src/ports/world.ts"

export function anObjectRef(difference: Partial<ObjectRef> = {}): ObjectRef {
  return { uri: "file:///store/object" as Uri, region: "us-east-1", etag: "e1", bytes: 100, ...difference }
}

export function localSettings(difference: Partial<LocalSettings> = {}): LocalSettings {
  return { install: false, algorithms: {}, parallel: 2, parallelPerRegion: 2, stopGraceSeconds: 1, ...difference }
}

/** A run of ten rows on local that nobody has carried yet. */
export function aRun(difference: Partial<RunRecord> = {}): RunRecord {
  return {
    run: "rg-20261120142233-digits-k3f9" as RunId,
    version: 1,
    schema: TABLE_SCHEMA,
    name: "digits",
    createdBy: "ada",
    createdAt: Date.UTC(2026, 10, 20, 14, 22, 33),
    on: "local",
    follow: "attached",
    manifest: { file: "/home/ada/manifest.csv", sha256: "0".repeat(64) },
    parts: [{ rows: anObjectRef(), index: anObjectRef({ bytes: 88 }), size: 10 }],
    arrays: [],
    orders: [],
    budgetUsd: null,
    allowUnknownPrice: false,
    limits: {},
    prices: {},
    storageMap: {},
    local: localSettings(),
    only: null,
    ...difference,
  }
}

/** A search by promotion that has twelve trials to make. */
export function aSearch(difference: Partial<RunSearch> = {}): RunSearch {
  return {
    settings: {
      method: "asha",
      metric: "accuracy",
      direction: "max",
      trials: 12,
      parallel: 4,
      seed: 1,
      resource: { column: "hp.epochs", min: 1, max: 9, eta: 3, metric: null },
      halving: "promote",
      sampler: "random",
      startup: 10,
      candidates: 24,
    },
    space: "method: asha\n",
    plannedWith: { "defaults.instance_type": "0a1b2c3d" },
    isOver: false,
    ...difference,
  }
}

export function anArray(difference: Partial<ArrayRecord> = {}): ArrayRecord {
  return { name: "rg-20261120142233-digits-k3f9-0", id: null, size: 3, first: 0, claim: null, ...difference }
}

export function aPlace(difference: Partial<Place> = {}): Place {
  return { region: "us-east-1", instanceType: "ml.p3.16xlarge", instances: 1, spot: false, ...difference }
}

/** The first attempt of row 0 of `aRun()`, just claimed, at an unknown price. */
export function anAttempt(difference: Partial<Attempt> = {}): Attempt {
  const at = Date.UTC(2026, 10, 20, 14, 23)
  return {
    number: 1,
    jobName: jobName("rg-20261120142233-digits-k3f9" as RunId, 0, 1),
    held: { place: aPlace(), usd: null },
    claimedBy: "command|here.1.1.1" as OwnerId,
    claimedAt: at,
    sendBy: at + 60_000,
    waitingSince: at,
    settledAt: null,
    ...difference,
  }
}

/** Row 0 of `aRun()` as its worker wrote it once: running under `anAttempt()`. */
export function aRow(difference: Partial<RowRecord> = {}): RowRecord {
  const attempt = anAttempt()
  return {
    run: "rg-20261120142233-digits-k3f9" as RunId,
    index: 0,
    version: 3,
    owner: attempt.claimedBy,
    state: { status: "running", attempt, phase: "training", raw: "Training" },
    nextNumber: 2,
    counted: 0,
    granted: 1,
    placeIndex: 0,
    closedPlaces: [],
    retries: 0,
    updatedAt: attempt.claimedAt,
    ...difference,
  }
}

/** The policy of `aRow()`'s owner: one place, one attempt, the times of aws, no order. */
export function aPolicy(difference: Partial<Policy> = {}): Policy {
  return {
    me: anAttempt().claimedBy,
    mayTake: () => false,
    places: [aPlace()],
    usd: [null],
    maxAttempts: 1,
    maxWaiting: 604_800_000,
    timing: AWS_TIMING,
    stop: false,
    retries: 0,
    holds: true,
    mayLaunch: true,
    ...difference,
  }
}

/** The training job of `anAttempt()`, training since a minute. */
export function aTrainingJob(difference: Partial<TrainingJob> = {}): TrainingJob {
  return {
    jobName: anAttempt().jobName,
    at: Date.UTC(2026, 10, 20, 14, 25),
    phase: "training",
    raw: "Training",
    startedAt: Date.UTC(2026, 10, 20, 14, 24),
    metrics: {},
    end: null,
    ...difference,
  }
}

/** A training that did what was asked, in 60 instance-seconds. */
export function aJobEnd(difference: Partial<JobEnd> = {}): JobEnd {
  return {
    status: "completed",
    cause: "done",
    reason: "",
    billableSeconds: 60,
    startedAt: Date.UTC(2026, 10, 20, 14, 24),
    endedAt: Date.UTC(2026, 10, 20, 14, 25),
    artifact: "file:///artifacts/model.tar.gz" as Uri,
    ...difference,
  }
}

/** Row 0: script mode in us-east-1 without inputs, one attempt. */
export function aSpec(difference: Partial<JobSpec> = {}): JobSpec {
  return {
    version: JOB_SPEC_VERSION,
    index: 0,
    name: null,
    region: "us-east-1",
    trains: { kind: "image", image: "digits:1" },
    program: null,
    hyperparameters: {},
    environment: {},
    tags: {},
    channels: [],
    volumeGb: 30,
    maxRuntimeSeconds: 3600,
    distribution: { kind: "none" },
    maxWaitSeconds: null,
    checkpoint: null,
    metrics: {},
    role: null,
    output: "s3://out/",
    vpc: null,
    kmsKey: null,
    volumeKmsKey: null,
    maxAttempts: 1,
    maxWaitingSeconds: 604_800,
    places: [aPlace()],
    priority: 0,
    expectedRuntimeSeconds: null,
    ...difference,
  }
}

/** A World whose clock stands still until it is moved, whose chance is seeded, and that logs nothing. */
export function aWorld(difference: Partial<World> = {}): World {
  let now = Date.UTC(2026, 10, 20, 14, 22, 33)
  let seed = 1
  return {
    clock: {
      now: () => now,
      async sleep(until, signal) {
        if (signal?.aborted !== true) now = Math.max(now, until)
      },
    },
    random() {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    },
    digest: sha256,
    log: { event: () => {} },
    ...difference,
  }
}

export function sha256(): Digest {
  const hash = createHash("sha256")
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") }
}

/** Row 0 as `status` shows it, running its first attempt. */
export function aStatusRow(difference: Partial<StatusRow> = {}): StatusRow {
  return {
    index: 0,
    name: null,
    region: "us-east-1",
    status: "running",
    phase: "training",
    attempt: 1,
    trainingJob: anAttempt().jobName,
    reason: null,
    instanceType: "ml.m5.large",
    instanceCount: 1,
    hyperparameters: {},
    metrics: {},
    startedAt: "2026-11-20T14:24:00.000Z",
    endedAt: null,
    billableSeconds: null,
    costUsd: null,
    artifact: null,
    ...difference,
  }
}

/** What regatta.yaml in /projects/demo would give on local, with an instance type and an image for every row. */
export function aConfig(difference: Partial<Config> = {}): Config {
  return {
    file: "/projects/demo/regatta.yaml",
    folder: "/projects/demo",
    stateFolder: "/projects/demo/.regatta",
    home: null,
    account: null,
    prefix: "rg",
    on: "local",
    table: "memory:",
    storageMap: {},
    limits: {},
    budgetUsd: null,
    follow: null,
    prices: {},
    local: localSettings(),
    batch: null,
    defaults: { instance_type: "ml.m5.large", image: "digits:1", entry_point: "train.mjs", source_dir: "src" },
    regions: {},
    origins: {},
    ...difference,
  }
}

export function aSchedule(over: Partial<Schedule> = {}): Schedule {
  return {
    name: "nightly",
    expression: "0 2 * * *",
    timeZone: "UTC",
    start: null,
    end: null,
    overlap: "skip",
    isPaused: false,
    source: "manifest",
    manifest: "/home/ada/manifest.csv",
    config: "/home/ada/regatta.yaml",
    options: [],
    createdBy: "ada",
    activeSince: Date.UTC(2026, 10, 20, 14, 22, 33),
    ...over,
  }
}
