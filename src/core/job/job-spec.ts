// One row as it is pinned: all that is needed to launch it, on any platform.
// It knows no status, and no placeholder but {run} and {attempt}.

import type { ObjectRef } from "../run/run.ts"
import type { Place } from "./place.ts"

/** Version of the pinned line; a worker refuses a newer one. */
export const JOB_SPEC_VERSION = 1

/** A named input of a training job. Unset members are the service's defaults (File, FullyReplicated, no compression). */
export interface Channel {
  readonly name: string
  readonly uri: string
  readonly distribution: "FullyReplicated" | "ShardedByS3Key"
  readonly dataType: "S3Prefix" | "ManifestFile" | "AugmentedManifestFile"
  readonly inputMode: "File" | "FastFile" | "Pipe"
  readonly contentType: string | null
  readonly compression: "None" | "Gzip"
  readonly recordWrapper: "None" | "RecordIO"
  /** Whether the row gives this channel a mode by name: it is sent then, even where it is the whole job's. */
  readonly hasOwnMode?: true
  /** Of an augmented manifest's lines, in order. */
  readonly attributes?: readonly string[]
  /** Files or lines are shuffled anew with it in each epoch. */
  readonly shuffleSeed?: number
  /** Names of the groups whose hosts get the channel; missing: all hosts. */
  readonly groups?: readonly string[]
  /** A file system (`efs://`, `fsx://`) is read only unless this is set. */
  readonly isWritable?: true
}

/** Machines of one type in a training job that has several types. */
export interface InstanceGroup {
  readonly name: string
  readonly instanceType: string
  readonly instances: number
}

/** Rarer settings of the service; a member that is not set is left out of the request. */
export interface ServiceSettings {
  /** Of all channels that have none of their own. */
  readonly inputMode?: Channel["inputMode"]
  readonly networkIsolation?: true
  readonly encryptTraffic?: true
  /** Warm pool. */
  readonly keepAliveSeconds?: number
  /** ARN. */
  readonly trainingPlan?: string
  readonly maxPendingSeconds?: number
  /** Further tries of the service's own after InternalServerError, inside one training job. */
  readonly retryAttempts?: number
  /** Folder of the container that is kept in step with `checkpoint`. */
  readonly checkpointPath?: string
  readonly outputCompression?: "GZIP" | "NONE"
  readonly containerEntrypoint?: readonly string[]
  readonly containerArguments?: readonly string[]
  /** Where the image's registry is; the credentials are the ARN of a Lambda function that gives them. */
  readonly imageAccess?: "Platform" | "Vpc"
  readonly imageCredentials?: string
  readonly remoteDebug?: true
  readonly infraCheck?: true
  readonly sessionTagChaining?: true
  /** In place of one type: the places of the row then say no single type (instance-groups.ts). */
  readonly instanceGroups?: readonly InstanceGroup[]
  /** Names of the groups whose hosts work together; missing: all hosts do. */
  readonly distributionGroups?: readonly string[]
}

/** What trains. An image beside a framework replaces only its image. */
export type Trains =
  | { readonly kind: "image"; readonly image: string }
  | { readonly kind: "algorithm"; readonly name: string; readonly version: string | null }
  | {
      readonly kind: "framework"
      readonly name: string
      readonly version: string
      readonly python: string | null
      readonly image: string | null
      /** Version of Hugging Face's transformers, in its own images. */
      readonly transformers?: string
    }

/** Script mode: what runs inside the container. */
export interface Program {
  readonly entryPoint: string
  /** As the user gave it, for messages; null: the entry point's own folder is not packed, only the file. */
  readonly sourceDir: string | null
  readonly dependencies: readonly string[]
  /** The packed code, content-addressed; null until it is packed (`plan`, `--dry-run`). */
  readonly archive: ObjectRef | null
}

export type Distribution =
  | { readonly kind: "none" }
  | { readonly kind: "mpi"; readonly processesPerHost: number | null; readonly options: string }
  | { readonly kind: "torchrun" }
  /** SageMaker's data parallelism; `options`: further ones of its `mpirun`. */
  | { readonly kind: "smddp"; readonly options?: string }
  | { readonly kind: "parameter-server" }
  /** TensorFlow's MultiWorkerMirroredStrategy. */
  | { readonly kind: "multi-worker-mirrored" }
  | { readonly kind: "pytorch-xla" }

/**
 * One row of the manifest after defaults, region, cell and placeholders: all that is needed to launch it.
 * `{run}` and `{attempt}` are the only placeholders left in its texts, so that equal content has an equal hash.
 */
export interface JobSpec {
  readonly version: typeof JOB_SPEC_VERSION
  readonly index: number
  /** Label for people. */
  readonly name: string | null
  readonly region: string
  readonly trains: Trains
  readonly program: Program | null
  /**
   * Text by name, as typed. Script mode sends a text that is JSON as it stands and any other as a JSON string; a built-in
   * algorithm, and a script alone beside an image, get the text itself (a JSON string is unquoted).
   */
  readonly hyperparameters: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly channels: readonly Channel[]
  readonly volumeGb: number
  readonly maxRuntimeSeconds: number
  readonly distribution: Distribution
  /** Spot: total seconds to wait and run; null where unset. */
  readonly maxWaitSeconds: number | null
  readonly checkpoint: { readonly uri: string; readonly shared: boolean } | null
  /** Regular expression by metric name; its first group is the value. */
  readonly metrics: Readonly<Record<string, string>>
  readonly role: string | null
  /** Prefix under which artifacts are written. */
  readonly output: string
  readonly vpc: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] } | null
  readonly kmsKey: string | null
  readonly volumeKmsKey: string | null
  readonly maxAttempts: number
  readonly maxWaitingSeconds: number
  /** The row's own place first, then its fallbacks in order. */
  readonly places: readonly [Place, ...Place[]]
  readonly priority: number
  readonly expectedRuntimeSeconds: number | null
  /** Missing: none of them is set. */
  readonly service?: ServiceSettings
  /** Where its data lies, by channel, of a row that reads a copy of it in its own region (docs/placement.md). Missing: it reads no copy. */
  readonly copiedFrom?: Readonly<Record<string, string>>
  /** By region of a fallback: what differs there from the row's own region (spec-at.ts). Missing: nothing does, or nothing was resolved. */
  readonly elsewhere?: Readonly<Record<string, RegionalSettings>>
}

/** Settings that may differ with the region of a place; a member that is missing is as in the row. */
export type RegionalSettings = Partial<
  Pick<
    JobSpec,
    | "trains"
    | "program"
    | "hyperparameters"
    | "environment"
    | "tags"
    | "channels"
    | "volumeGb"
    | "checkpoint"
    | "role"
    | "output"
    | "vpc"
    | "kmsKey"
    | "volumeKmsKey"
    | "service"
  >
>
