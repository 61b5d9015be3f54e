// The outside as interfaces: what a platform must give. Each says what is atomic, repeatable and which errors it has.
// No port decides anything about rows, and none has code.
import type { Config } from "../core/config/config.ts"
import type { Timing } from "../core/decision/policy.ts"
import type { IamAction } from "../core/policy/iam-action.ts"
import type { AccountPorts } from "./account-ports.ts"
import type { ArrayQueue } from "./array-queue.ts"
import type { ArtifactUnpacker } from "./artifact-unpacker.ts"
import type { Caller } from "./caller.ts"
import type { OpenCatalog } from "./catalog.ts"
import type { ChildProcesses } from "./child-processes.ts"
import type { EndpointService } from "./endpoint-service.ts"
import type { FileSystem } from "./file-system.ts"
import type { JobEvents } from "./job-events.ts"
import type { JobLogs } from "./job-logs.ts"
import type { MachineBook } from "./machine-book.ts"
import type { ModelService } from "./model-service.ts"
import type { NoticeChannels } from "./notice-channel.ts"
import type { ObjectStore } from "./object-store.ts"
import type { RequestPreview } from "./request-preview.ts"
import type { RunTable } from "./run-table.ts"
import type { FiringMemory, ScheduleService } from "./schedule-service.ts"
import type { Simulator } from "./simulator.ts"
import type { TrainingService } from "./training-service.ts"
import type { Shell, World } from "./world.ts"

/**
 * Every port a use case may need, made and opened at the first call and kept: a command reads only the adapters it uses.
 * A use case takes a `Pick` of `OpenPorts`; a face opens what the use case names.
 */
export interface Ports {
  readonly files: FileSystem
  readonly timing: Timing
  table(): Promise<RunTable>
  /** As `table`, for whoever only looks: null where there is none, and nothing is made. Missing: whether there is one is seen in its name. */
  readonly existingTable?: () => Promise<RunTable | null>
  objects(): Promise<ObjectStore>
  training(): Promise<TrainingService>
  queue(): Promise<ArrayQueue>
  logs(): Promise<JobLogs>
  /** Changes of training jobs as they happen; missing: they are seen by listing alone. */
  readonly events?: () => Promise<JobEvents>
  unpacker(): Promise<ArtifactUnpacker>
  /** Databases out of which manifests are filled; missing: none can be reached. */
  readonly catalog?: OpenCatalog
  preview(): Promise<RequestPreview>
  /** Errors: `denied` (no credentials, or expired), `unavailable`. */
  caller(): Promise<Caller>
  /** What can be asked of an account before a launch; missing: the platform has none. */
  readonly account?: AccountPorts
  /** Permissions that the platform's adapters use; missing: it needs none. */
  readonly actions?: () => Promise<readonly IamAction[]>
  /** Missing: the platform makes no models yet. */
  readonly models?: () => Promise<ModelService>
  /** Missing: the platform serves no models yet. */
  readonly endpoints?: () => Promise<EndpointService>
  /** Missing: nobody is told of runs from here. */
  readonly notices?: () => Promise<NoticeChannels>
  /** Missing: runs do not happen on this machine. */
  readonly machine?: () => Promise<MachineBook>
  /** Missing: the platform has no schedules. */
  readonly schedules?: () => Promise<ScheduleService>
  /** What a scheduler of ours needs to fire them; missing: they fire by themselves. */
  readonly scheduler?: () => Promise<{ readonly memory: FiringMemory; readonly processes: ChildProcesses }>
  /** Modelled regions on a virtual clock, for rehearsals; missing: this platform has none to offer. */
  readonly simulator?: () => Promise<Simulator>
  /** Closes what was opened. Idempotent. */
  close(): Promise<void>
}

/** The ports of a run, opened. */
export interface OpenPorts {
  readonly files: FileSystem
  readonly table: RunTable
  readonly objects: ObjectStore
  readonly training: TrainingService
  readonly queue: ArrayQueue
  readonly logs: JobLogs
  readonly timing: Timing
  readonly world: World
}

/** Makes the ports of a platform; no I/O before the first call of one. */
export type Compose = (config: Composed, shell: Shell) => Ports

/** What of the configuration the platforms need; processes that carry rows know only the first three. */
export type Composed = Pick<Config, "on" | "table" | "stateFolder"> &
  Partial<Pick<Config, "account" | "schedules" | "prefix" | "codeLocation" | "home" | "batch" | "eventQueue">>
