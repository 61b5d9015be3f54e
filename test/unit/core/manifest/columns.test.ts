import { describe, expect, test } from "vitest"
import { type Column, FAMILY_COLUMNS, FIXED_COLUMNS } from "../../../../src/core/manifest/columns.ts"
import { findColumn } from "../../../../src/core/manifest/find-column.ts"

const COLUMNS: readonly (readonly [string, Column])[] = [
  ...Object.entries(FIXED_COLUMNS),
  ...Object.entries(FAMILY_COLUMNS),
]

describe("every column", () => {
  test.each(COLUMNS)("%s takes its own example", (_, { kind, example }) => {
    expect(kind.parse(example.replaceAll(/\{(account|region|row)\}/g, "1"))).toMatchObject({ ok: true })
  })

  test.each(COLUMNS.filter(([name]) => name !== "s3_location"))(
    "%s is found by its name, and says what it is for",
    (name, column) => {
      const written = name.replace("<name>", "x").replace("<NAME>", "X").replace("<key>", "x")
      expect(findColumn(written)).toMatchObject({ ok: true, column: { facts: { doc: column.doc } } })
      expect(column.doc).toMatch(/\.$/)
    },
  )
})

/** One cell that is right and those that are wrong, for each column whose kind can be wrong by itself. */
const CELLS: Readonly<Record<string, readonly [right: string, ...wrong: string[]]>> = {
  name: ["x".repeat(128), "x".repeat(129)],
  region: ["us-gov-west-1", "us-east", "US-EAST-1", "us_east_1", "{region}", "Auto"],
  place: ["cheapest", "cheap", "Pinned"],
  s3_location: [
    "s3://bkt",
    "s3:/bkt/x",
    "S3://bkt/x",
    "s3://b/x",
    "https://bkt.s3.amazonaws.com/x",
    `s3://bkt/${"x".repeat(1024)}`,
  ],
  image: ["a.b/c:1", "a b", "s3://x", "/x", "x".repeat(256)],
  algorithm: ["linear-learner", "xgboost:", "Linear Learner", "xgboost:1:2"],
  framework: ["scikit-learn:1.2-1", "pytorch", "pytroch:2.3", "pytorch:"],
  python: ["py38", "3.8", "python3"],
  entry_point: ["code/train.py", "code/"],
  source_dir: ["s3://bkt/code.tar.gz", "http://x/y"],
  dependencies: ['["a;b"]', ";"],
  instance_type: ["ml.p6-b200.48xlarge", "p3.16xlarge", "ml.p3", "ml.P3.16xlarge"],
  instance_count: ["10", "0", "-1", "1.5", "ten", "10001"],
  volume_gb: ["16384", "0", "16385", "30GB"],
  max_runtime: ["28d", "0", "29d", "5 hours", ""],
  distribution: ["torchrun", "MPI", "horovod"],
  "mpi.processes_per_host": ["8", "0", "8.0"],
  "mpi.options": ["-x A=B", "x".repeat(2001)],
  spot: ["True", "yes", "1"],
  max_wait: ["3600", "1w"],
  checkpoint: ["true", "s3://b"],
  checkpoint_shared: ["false", "no"],
  role: [
    "arn:aws-cn:iam::123456789012:role/service-role/x",
    "role/x",
    "arn:aws:iam::1234:role/x",
    "arn:aws:iam::123456789012:user/x",
  ],
  output: ["out", "ftp://x/y"],
  "vpc.subnets": ["subnet-1", "subnet_1", Array.from({ length: 17 }, (_, n) => `s-${n}`).join(";")],
  "vpc.security_groups": ["sg-1;sg-2", "1;2;3;4;5;6", "sg 1"],
  kms_key: ["arn:aws:kms:us-east-1:123456789012:key/abc-1", "my key"],
  volume_kms_key: ["alias/x", "a#b"],
  max_attempts: ["100", "0", "101"],
  max_waiting: ["365d", "0s", "366d"],
  residency: ["eu-west-1; eu-*", "europe", "eu-west-*-1", "EU-*", "*"],
  fallback: ["us-east-1/*;*/ml.m5.large/spot;*/*/*", "us-east-1", "*/m5.large", "*/*/Spot", "us-east-1/*/spot/x"],
  "smddp.options": ["-x A=1", "x".repeat(2001)],
  transformers: ["4.36.0", "4", "4.36-1", "v4.36"],
  priority: ["0", "10000", "high"],
  expected_runtime: ["2h", "2 h"],
  input_mode: ["Pipe", "file"],
  network_isolation: ["true", "yes"],
  encrypt_traffic: ["true", "1"],
  keep_alive: ["6h", "0", "7h"],
  training_plan: [
    "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:training-plan/p",
    "plan-1",
    "arn:aws:sagemaker:us-east-1:123456789012:model/p",
  ],
  max_pending: ["2h", "29d"],
  retry_attempts: ["30", "0", "31"],
  checkpoint_local_path: ["/opt/ml/checkpoints", "checkpoints"],
  output_compression: ["NONE", "none"],
  "container.entrypoint": ['["/bin/bash", "-c"]', "[]", `x;${"y".repeat(257)}`],
  "container.arguments": ["a; b", "", `${"y".repeat(257)}`],
  image_access: ["Vpc", "VPC"],
  image_credentials: ["arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:lambda:us-east-1:1:function:f"],
  remote_debug: ["false", "on"],
  infra_check: ["true", "on"],
  session_tag_chaining: ["true", "on"],
  instance_groups: [
    "gpu=ml.p3.2xlarge*2; cpu=ml.c5.xlarge*1",
    "gpu=ml.p3.2xlarge",
    "gpu=p3.2xlarge*2",
    "g=ml.c5.xlarge*0",
  ],
  distribution_groups: ["gpu", "1;2;3;4;5;6"],
  "channel.train": ["data/x", "gs://x/y", "efs://data/x", "fsx://fs-1/x"],
  "channel.train.distribution": ["ShardedByS3Key", "sharded", "shardedbys3key"],
  "channel.train.content_type": ["text/csv", "x".repeat(257)],
  "channel.train.compression": ["Gzip", "gzip", "zstd"],
  "channel.train.input_mode": ["FastFile", "fastfile", "Stream"],
  "channel.train.record_wrapper": ["RecordIO", "recordio"],
  "channel.train.data_type": ["ManifestFile", "S3"],
  "channel.train.attributes": ["source-ref; label", Array.from({ length: 17 }, (_, n) => `a${n}`).join(";")],
  "channel.train.groups": ["gpu; cpu", "1;2;3;4;5;6"],
  "channel.train.shuffle_seed": ["42", "-1"],
  "channel.train.access": ["rw", "RW"],
  "hp.lr": ["0.1", "x".repeat(2501)],
  "env.A": ["", "x".repeat(513)],
  "tag.team": ["a b/c=d", "a;b", "x".repeat(257)],
  "metric.loss": ["loss=([0-9.]+)", "loss=[0-9.]+", "loss=(", "x".repeat(501)],
}

describe("a cell", () => {
  test("is tried for every column of the table", () => {
    const tried = new Set(Object.keys(CELLS).map((name) => nameOf(name)))
    expect([...tried].toSorted()).toEqual(COLUMNS.map(([name]) => nameOf(name.replace(/<\w+>/, "x"))).toSorted())
  })

  test.each(Object.entries(CELLS))("of %s is taken when it is right", (name, [right]) => {
    expect(kindOf(name).parse(right)).toMatchObject({ ok: true })
  })

  test.each(Object.entries(CELLS).flatMap(([name, [, ...wrong]]) => wrong.map((cell) => [name, cell] as const)))(
    "of %s is refused when it is %j",
    (name, cell) => {
      expect(kindOf(name).parse(cell)).toMatchObject({ ok: false, message: expect.stringMatching(/expected|item/) })
    },
  )
})

function kindOf(name: string): Column["kind"] {
  const found = findColumn(name)
  if (!found.ok) throw new Error(found.message)
  return found.column.facts.kind
}

/** `channel.<name>.distribution` of `channel.train.distribution`; `s3_location` is a channel too. */
function nameOf(name: string): string {
  const found = findColumn(name)
  return found.ok && name !== "s3_location" ? found.column.of : name
}
