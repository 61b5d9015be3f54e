// Every column of the manifest, once: parsing, messages, the JSON Schema of regatta.yaml and the manifest reference follow from it.
// It holds no rule between columns; those are in row-rules.ts.
import {
  algorithm,
  checkpoint,
  fallback,
  framework,
  image,
  instanceType,
  kmsKey,
  region,
  role,
  vpcId,
} from "./column-kinds.ts"
import { choice, duration, type Kind, list, location, metricPattern, text, trueOrFalse, wholeNumber } from "./kind.ts"

/** The facts of one column. */
export interface Column<T = unknown> {
  readonly kind: Kind<T>
  readonly doc: string
  readonly example: string
  /** In words; null: there is none. */
  readonly default: string | null
  /** Whether platform `local` acts on it; else `plan` lists it as not applied. */
  readonly local: boolean
  /** Names by which other tools know it, to suggest ours. */
  readonly elsewhere?: readonly string[]
}

/** A column whose name ends in a name of the user's. */
export interface FamilyColumn<T = unknown> extends Column<T> {
  /** Form of the user's part of the name. */
  readonly key: Kind<string>
}

const channelName = text({
  most: 64,
  pattern: /^[A-Za-z0-9_-]+$/,
  allowed: "a name of 1 to 64 letters, digits, _ and -",
})

export const FIXED_COLUMNS = {
  name: {
    kind: text({ most: 128 }),
    doc: "A label for people.",
    example: "resnet50 in Frankfurt",
    default: null,
    local: true,
  },
  region: {
    kind: region(),
    doc: "Where the training job runs.",
    example: "eu-central-1",
    default: null,
    local: true,
  },
  s3_location: {
    kind: location(),
    doc: "Short for `channel.train`.",
    example: "s3://campaign-eu-central-1/tfrecords/",
    default: null,
    local: true,
    elsewhere: ["s3_uri", "location", "data", "inputs"],
  },
  image: {
    kind: image(),
    doc: "The image that trains. Beside a `framework` it replaces only the framework's image.",
    example: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1",
    default: null,
    local: false,
    elsewhere: ["image_uri", "training_image"],
  },
  algorithm: {
    kind: algorithm(),
    doc: "A built-in algorithm, with its version where it has several. On local the command under `local.algorithms` stands in.",
    example: "xgboost:1.5-1",
    default: null,
    local: true,
  },
  framework: {
    kind: framework(),
    doc: "Script mode in the image of this framework; needs an `entry_point`.",
    example: "pytorch:2.3",
    default: null,
    local: false,
    elsewhere: ["framework_version"],
  },
  python: {
    kind: text({ most: 8, pattern: /^py\d{1,3}$/, allowed: "a Python of the framework's images such as py311" }),
    doc: "Python version of the framework's image.",
    example: "py311",
    default: "the newest that the framework's image has",
    local: false,
    elsewhere: ["py_version", "python_version"],
  },
  entry_point: {
    kind: text({ most: 1024, pattern: /^[^\0]*[^\0/]$/, allowed: "the path of a script" }),
    doc: "The script that trains; relative to `source_dir` where there is one.",
    example: "train.py",
    default: null,
    local: true,
    elsewhere: ["script", "program"],
  },
  source_dir: {
    kind: location(),
    doc: "The folder whose contents are packed with the script.",
    example: "code",
    default: "none: only the script is packed",
    local: true,
    elsewhere: ["source", "code"],
  },
  dependencies: {
    kind: list(text({ most: 1024, pattern: /^[^\0]+$/, allowed: "a path" }), 1, 100),
    doc: "Further files or folders, packed beside the script under their own names.",
    example: "lib; ../shared/losses.py",
    default: null,
    local: true,
  },
  instance_type: {
    kind: instanceType(),
    doc: "Machine of each host. On local it is only counted.",
    example: "ml.p3.16xlarge",
    default: null,
    local: true,
    elsewhere: ["type", "train_instance_type"],
  },
  instance_count: {
    kind: wholeNumber(1, 10_000),
    doc: "Number of hosts. On local each is a process.",
    example: "10",
    default: "1",
    local: true,
    elsewhere: ["instances", "train_instance_count", "hosts"],
  },
  volume_gb: {
    kind: wholeNumber(1, 16_384),
    doc: "Size of each host's disk in GB.",
    example: "100",
    default: "30",
    local: false,
    elsewhere: ["volume_size", "volume_size_gb", "train_volume_size"],
  },
  max_runtime: {
    kind: duration("28d"),
    doc: "The training job is stopped after this time.",
    example: "5h",
    default: "1d",
    local: true,
    elsewhere: ["max_run", "timeout", "train_max_run"],
  },
  distribution: {
    kind: choice(["none", "mpi", "torchrun", "smddp"]),
    doc: "How the hosts work together.",
    example: "mpi",
    default: "none",
    local: true,
  },
  "mpi.processes_per_host": {
    kind: wholeNumber(1, 1024),
    doc: "Processes that `mpirun` starts on each host.",
    example: "8",
    default: "the host's GPUs, else 1",
    local: true,
    elsewhere: ["processes_per_host", "mpi.processes"],
  },
  "mpi.options": {
    kind: text({ most: 2000 }),
    doc: "Further options of `mpirun`.",
    example: "-x NCCL_MIN_NRINGS=8",
    default: null,
    local: true,
    elsewhere: ["mpi.custom_mpi_options", "custom_mpi_options"],
  },
  spot: {
    kind: trueOrFalse(),
    doc: "Spot instances.",
    example: "true",
    default: "false",
    local: false,
    elsewhere: ["use_spot_instances", "train_use_spot_instances"],
  },
  max_wait: {
    kind: duration("28d"),
    doc: "Spot: waiting and training together, at least `max_runtime`.",
    example: "12h",
    default: null,
    local: false,
  },
  checkpoint: {
    kind: checkpoint(),
    doc: "Where checkpoints are kept: one place per row, for all its attempts. `true` is `{run}/{row}/checkpoints/` under `output`.",
    example: "s3://checkpoints-{region}/{row}/",
    default: null,
    local: true,
    elsewhere: ["checkpoint_s3_uri", "checkpoints", "checkpoint_path"],
  },
  checkpoint_shared: {
    kind: trueOrFalse(),
    doc: "Allows several rows to have the same checkpoint.",
    example: "true",
    default: "false",
    local: true,
  },
  role: {
    kind: role(),
    doc: "The role that the training job has. Needed on aws.",
    example: "arn:aws:iam::123456789012:role/training",
    default: null,
    local: false,
    elsewhere: ["role_arn", "execution_role"],
  },
  output: {
    kind: location(),
    doc: "Prefix under which artifacts are written.",
    example: "s3://models-{region}/campaign-42/",
    default: "s3://sagemaker-{region}-{account}/",
    local: true,
    elsewhere: ["output_path", "s3_output_path"],
  },
  "vpc.subnets": {
    kind: list(vpcId(), 1, 16),
    doc: "Subnets of the row's region.",
    example: "subnet-0a1b; subnet-0c2d",
    default: null,
    local: false,
    elsewhere: ["subnets", "vpc.subnet_ids"],
  },
  "vpc.security_groups": {
    kind: list(vpcId(), 1, 5),
    doc: "Security groups of the row's region.",
    example: "sg-0a1b",
    default: null,
    local: false,
    elsewhere: ["security_groups", "security_group_ids", "vpc.security_group_ids"],
  },
  kms_key: {
    kind: kmsKey(),
    doc: "Key that encrypts the output.",
    example: "alias/training",
    default: null,
    local: false,
    elsewhere: ["output_kms_key", "kms_key_id"],
  },
  volume_kms_key: {
    kind: kmsKey(),
    doc: "Key that encrypts the hosts' disks.",
    example: "alias/training",
    default: null,
    local: false,
    elsewhere: ["volume_kms_key_id"],
  },
  max_attempts: {
    kind: wholeNumber(1, 100),
    doc: "Training jobs that may begin to train, or fail by their own fault, before the row has failed.",
    example: "3",
    default: "1",
    local: true,
  },
  max_waiting: {
    kind: duration("365d"),
    doc: "How long a row may wait for capacity, quota or Spot.",
    example: "12h",
    default: "7d",
    local: true,
  },
  fallback: {
    kind: list(fallback(), 1, 20),
    doc: "Places to try after the row's own, in order: `region/instance_type[/spot]`, `*` for as in the row. Without `/spot`: on demand.",
    example: "us-east-1/*; */ml.p4d.24xlarge/spot",
    default: null,
    local: true,
  },
  priority: {
    kind: wholeNumber(0, 9999),
    doc: "Rows that wait are launched from the highest down.",
    example: "10",
    default: "0",
    local: true,
  },
  expected_runtime: {
    kind: duration("28d"),
    doc: "For estimates and rehearsals.",
    example: "2h",
    default: "`max_runtime`",
    local: true,
  },
} as const satisfies Readonly<Record<string, Column>>

export const FAMILY_COLUMNS = {
  "channel.<name>": {
    key: channelName,
    kind: location(),
    doc: "An input. `train` is also `s3_location`.",
    example: "s3://campaign-{region}/validation/",
    default: null,
    local: true,
  },
  "channel.<name>.distribution": {
    key: channelName,
    kind: choice(["FullyReplicated", "ShardedByS3Key"]),
    doc: "Whether every host gets all objects, or each its share by key.",
    example: "ShardedByS3Key",
    default: "FullyReplicated",
    local: true,
  },
  "channel.<name>.content_type": {
    key: channelName,
    kind: text({ most: 256 }),
    doc: "MIME type, which built-in algorithms ask for.",
    example: "text/csv",
    default: null,
    local: true,
  },
  "channel.<name>.compression": {
    key: channelName,
    kind: choice(["None", "Gzip"]),
    doc: "Compression of the objects; `Gzip` needs Pipe.",
    example: "Gzip",
    default: "None",
    local: true,
  },
  "channel.<name>.input_mode": {
    key: channelName,
    kind: choice(["File", "FastFile", "Pipe"]),
    doc: "How the objects reach the container.",
    example: "FastFile",
    default: "File",
    local: true,
  },
  "channel.<name>.record_wrapper": {
    key: channelName,
    kind: choice(["None", "RecordIO"]),
    doc: "Wrapping of each record.",
    example: "RecordIO",
    default: "None",
    local: true,
  },
  "channel.<name>.data_type": {
    key: channelName,
    kind: choice(["S3Prefix", "ManifestFile", "AugmentedManifestFile"]),
    doc: "What the location names.",
    example: "ManifestFile",
    default: "S3Prefix",
    local: true,
  },
  "hp.<name>": {
    key: text({ most: 256, pattern: /^[^\n\r{}]+$/, allowed: "a name of 1 to 256 characters" }),
    kind: { ...text({ most: 2500, keepsBlanks: true }), schema: {} },
    doc: "A hyperparameter. JSON stays JSON, any other text is a text.",
    example: "0.0125",
    default: null,
    local: true,
  },
  "env.<NAME>": {
    key: text({ most: 512, pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/, allowed: "a name of letters, digits and _" }),
    kind: text({ most: 512, keepsBlanks: true }),
    doc: "An environment variable of the training job. Never a secret.",
    example: "INFO",
    default: null,
    local: true,
  },
  "tag.<key>": {
    key: text({
      most: 128,
      pattern: /^(?!aws:|regatta:)[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/iu,
      allowed: "a key of 1 to 128 letters, digits, blanks and _.:/=+-@ that does not begin with aws: or regatta:",
    }),
    kind: text({
      most: 256,
      pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
      allowed: "at most 256 letters, digits, blanks and _.:/=+-@",
      keepsBlanks: true,
    }),
    doc: "A tag of the training job.",
    example: "vision",
    default: null,
    local: false,
  },
  "metric.<name>": {
    key: text({ most: 255, pattern: /^[^\n\r]+$/, allowed: "a name of 1 to 255 characters" }),
    kind: metricPattern(),
    doc: "A metric read from the log: a regular expression whose first group is the value.",
    example: "accuracy=([0-9.]+)",
    default: null,
    local: true,
  },
} as const satisfies Readonly<Record<string, FamilyColumn>>

export type FixedName = keyof typeof FIXED_COLUMNS
export type FamilyName = keyof typeof FAMILY_COLUMNS

type KindOf<C> = C extends { readonly kind: Kind<infer T> } ? T : never
export type FixedValue<N extends FixedName> = KindOf<(typeof FIXED_COLUMNS)[N]>
export type FamilyValue<N extends FamilyName> = KindOf<(typeof FAMILY_COLUMNS)[N]>
