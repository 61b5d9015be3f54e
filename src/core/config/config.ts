import type { AfterStep } from "../after/after-step.ts"
import type { NotifySettings } from "../notice/notice.ts"
import type { PlacementSettings } from "../placement/placement-settings.ts"
import type { FollowMode, LocalSettings, PlatformName } from "../run/run.ts"
import type { BatchSettings, ScheduleSettings } from "./batch-settings.ts"

/** Settings of a row by column name, as text: what a cell of that column would hold. */
export type Settings = Readonly<Record<string, string>>

/** Where a value came from, for `config show --origin`. */
export interface Origin {
  readonly kind: "default" | "file" | "environment" | "flag"
  /** File and line, variable, or flag; empty for a default. */
  readonly detail: string
  /** 1-based line in the file; null: not from a file. */
  readonly line: number | null
}

/** regatta.yaml after defaults < file < environment < flags; paths are absolute, except in settings of rows. */
export interface Config {
  /** The regatta.yaml that was read; null: none. */
  readonly file: string | null
  /** Folder of the regatta.yaml, else the working folder: relative paths of the file begin here. */
  readonly folder: string
  /** Folder of local state (`.regatta/` or REGATTA_HOME). */
  readonly stateFolder: string
  readonly home: string | null
  readonly account: string | null
  readonly prefix: string
  readonly on: PlatformName
  /** `sqlite:<path>` (default: in the state folder), `postgres://user@host/database` or `dynamodb:<name>`. */
  readonly table: string
  readonly storageMap: Readonly<Record<string, string>>
  /** `storage.code`: where code archives are stored on aws, with `{region}` and `{account}`. Missing: SageMaker's default bucket. */
  readonly codeLocation?: string
  /** By place key (place.ts). */
  readonly limits: Readonly<Record<string, number>>
  readonly budgetUsd: number | null
  /** null: `attached` up to 100 rows and always on local, else `detached`. */
  readonly follow: FollowMode | null
  /** Steps after a run; missing: none. Paths in them are absolute `file://` URIs. */
  readonly after?: readonly AfterStep[]
  /** Who is told of runs; missing: nobody. */
  readonly notify?: NotifySettings
  /** What choosing regions weighs; missing: nothing is set. */
  readonly placement?: PlacementSettings
  /** `world`: the file of `rehearse` and `emulate`; missing: none. */
  readonly worldFile?: string
  /** `catalog`: the database out of which manifests are filled, its path absolute; missing: none. */
  readonly catalog?: string
  /** USD per instance-hour by `region/instance_type`. */
  readonly prices: Readonly<Record<string, number>>
  readonly local: LocalSettings
  /** Used on aws only. */
  readonly batch: BatchSettings | null
  /** Used on aws only; missing: none is set. */
  readonly schedules?: ScheduleSettings
  /** `events.queue`: URL or ARN of the queue that tells of training jobs; used on aws only. Missing: they are listed. */
  readonly eventQueue?: string
  /** As written: relative paths in them begin at `folder`. */
  readonly defaults: Settings
  readonly regions: Readonly<Record<string, Settings>>
  /** By dotted key of regatta.yaml (`on`, `storage.map.<bucket>`, `defaults.<column>`, …), for every value that is set. */
  readonly origins: Readonly<Record<string, Origin>>
}
