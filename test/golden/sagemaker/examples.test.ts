// The shipped examples of aws: what `run-row --dry-run` shows of each, written out by hand from the README of the system it stands for.
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { DiskFileSystem } from "../../../src/adapters/file-system/disk/disk-file-system.ts"
import { SageMakerPreview } from "../../../src/adapters/training-service/sagemaker/sagemaker-preview.ts"
import { loadConfig } from "../../../src/app/load-config.ts"
import { previewRow, type RowPreview } from "../../../src/app/preview-row.ts"
import { mergeConfig } from "../../../src/config.ts"
import { aWorld } from "../../builders.ts"

const MANIFESTS = resolve(import.meta.dirname, "../../../manifests")
const ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"

type Preview = RowPreview & { readonly request: Readonly<Record<string, unknown>> }

/** A row of an example, as the command line would show it at 14:22:33. */
async function preview(example: string, row: number): Promise<Preview> {
  const files = new DiskFileSystem()
  const manifest = join(MANIFESTS, example, "manifest.csv")
  const cwd = join(MANIFESTS, example)
  const file = await loadConfig({ files }, { manifest, cwd, named: null })
  const config = mergeConfig(file, { env: {}, cwd, flags: { on: null, table: null, stateFolder: null } })
  const service = new SageMakerPreview({ account: config.account, prefix: config.prefix, codeLocation: null })
  const request = { manifest, columns: null, allowPlainEnv: [], name: null, row }
  return (await previewRow({ files, world: aWorld() }, service, config, request, "ada")) as Preview
}

function channel(name: string, uri: string, distribution: string, contentType?: string) {
  return {
    ChannelName: name,
    DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: uri, S3DataDistributionType: distribution } },
    ...(contentType === undefined ? {} : { ContentType: contentType }),
  }
}

function tags(run: string, row: number, name: string) {
  const values = { run, row: String(row), attempt: "1", name, owner: "ada" }
  return Object.entries(values).map(([Key, Value]) => ({ Key: `regatta:${Key}`, Value }))
}

describe("05-imagenet-horovod", () => {
  test("row 1 trains on ten machines in us-west-2, eight processes on each", async () => {
    const shown = await preview("05-imagenet-horovod", 1)
    const run = "rg-20261120142233-imagenet-horovod-0000"
    const to = `s3://sagemaker-us-west-2-123456789012/rg/code/${shown.uploads[0]?.sha256}.tar.gz`
    expect(shown).toEqual({
      version: 1,
      index: 1,
      region: "us-west-2",
      service: "sagemaker",
      operation: "CreateTrainingJob",
      request: {
        TrainingJobName: `${run}-r1-a1`,
        AlgorithmSpecification: {
          TrainingImage: "123456789012.dkr.ecr.us-west-2.amazonaws.com/sage-py3-tf-hvd:latest",
          TrainingInputMode: "File",
        },
        RoleArn: ROLE,
        HyperParameters: {
          model_dir: '"/opt/ml/model"',
          sagemaker_submit_directory: `"${to}"`,
          sagemaker_program: '"train.py"',
          sagemaker_container_log_level: "20",
          sagemaker_job_name: `"${run}-r1-a1"`,
          sagemaker_region: '"us-west-2"',
          sagemaker_mpi_enabled: "true",
          sagemaker_mpi_num_of_processes_per_host: "8",
          sagemaker_mpi_custom_mpi_options:
            '"-mca btl_vader_single_copy_mechanism none -x HOROVOD_HIERARCHICAL_ALLREDUCE=1 -x HOROVOD_FUSION_THRESHOLD=16777216 -x NCCL_MIN_NRINGS=8 -x NCCL_LAUNCH_MODE=PARALLEL"',
        },
        InputDataConfig: [
          channel("train", "s3://imagenet-us-west-2/imagenet2012/tf-imagenet/resized", "FullyReplicated"),
        ],
        OutputDataConfig: { S3OutputPath: "s3://sagemaker-us-west-2-123456789012/" },
        ResourceConfig: { InstanceType: "ml.p3.16xlarge", InstanceCount: 10, VolumeSizeInGB: 100 },
        StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
        Tags: tags(run, 1, "imagenet-horovod"),
      },
      uploads: [
        {
          from: join(MANIFESTS, "05-imagenet-horovod", "code"),
          dependencies: [],
          to,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          bytes: expect.any(Number),
        },
      ],
    })
  })

  test("the same code has the same name in every region's bucket", async () => {
    const shown = await Promise.all([0, 1, 2, 3].map((row) => preview("05-imagenet-horovod", row)))
    expect(new Set(shown.map(({ uploads }) => uploads[0]?.sha256)).size).toBe(1)
    expect(shown.map(({ region, uploads }) => uploads[0]?.to.includes(`s3://sagemaker-${region}-`))).toEqual(
      Array(4).fill(true),
    )
  })
})

describe("09-sharded-xgboost", () => {
  test("trains the built-in algorithm on fifteen machines, each with its share", async () => {
    const run = "rg-20261120142233-sharded-xgboost-0000"
    expect(await preview("09-sharded-xgboost", 0)).toEqual({
      version: 1,
      index: 0,
      region: "us-east-1",
      service: "sagemaker",
      operation: "CreateTrainingJob",
      request: {
        TrainingJobName: `${run}-r0-a1`,
        AlgorithmSpecification: {
          TrainingImage: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1",
          TrainingInputMode: "File",
        },
        RoleArn: ROLE,
        HyperParameters: {
          objective: "reg:tweedie",
          tweedie_variance_power: "1.5",
          eval_metric: "rmse",
          num_round: "3000",
          eta: "0.1",
          rate_drop: "0.2",
          min_child_weight: "7",
          max_depth: "5",
          colsample_bytree: "0.7",
          subsample: "0.7",
        },
        InputDataConfig: [
          channel("train", "s3://m5-forecasting-us-east-1/features/train/", "ShardedByS3Key", "text/csv"),
        ],
        OutputDataConfig: { S3OutputPath: "s3://sagemaker-us-east-1-123456789012/" },
        ResourceConfig: { InstanceType: "ml.m4.4xlarge", InstanceCount: 15, VolumeSizeInGB: 10 },
        StoppingCondition: { MaxRuntimeInSeconds: 18_000 },
        Tags: tags(run, 0, "sharded tweedie"),
      },
      uploads: [],
    })
  })
})

describe("10-linear-learner-distribution", () => {
  const EXPECTED = {
    AlgorithmSpecification: {
      TrainingImage: "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1",
      TrainingInputMode: "File",
    },
    RoleArn: ROLE,
    HyperParameters: {
      feature_dim: "25",
      mini_batch_size: "500",
      predictor_type: "regressor",
      epochs: "2",
      num_models: "32",
      loss: "absolute_loss",
    },
    OutputDataConfig: { S3OutputPath: "s3://sagemaker-us-west-2-123456789012/" },
    ResourceConfig: { InstanceType: "ml.c4.2xlarge", InstanceCount: 5, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 1800 },
  }

  test.each([
    [0, "replicated", "FullyReplicated"],
    [1, "sharded", "ShardedByS3Key"],
  ] as const)("row %i, %s, differs in the distribution of its training data alone", async (row, name, distribution) => {
    const { request } = await preview("10-linear-learner-distribution", row)
    const { TrainingJobName, Tags, ...rest } = request
    expect(rest).toEqual({
      ...EXPECTED,
      InputDataConfig: [
        channel("train", "s3://regression-us-west-2/train/", distribution, "text/csv"),
        channel("validation", "s3://regression-us-west-2/validation/", "FullyReplicated", "text/csv"),
      ],
    })
    expect(TrainingJobName).toBe(`rg-20261120142233-linear-learner-di-0000-r${row}-a1`)
    expect(Tags).toContainEqual({ Key: "regatta:name", Value: name })
  })
})

describe("11-many-ways", () => {
  const EXAMPLE = "11-many-ways"
  const XGBOOST = "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.5-1"
  const SKLEARN = "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
  const PYTORCH = "763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-training:1.9"
  const TREES = { eta: "0.2", num_round: "100", max_depth: "4" }
  const BUILT_IN = { ...TREES, objective: "binary:logistic" }
  const SCRIPT = { ...TREES, objective: '"binary:logistic"' }
  const FOREST = { max_depth: "6", n_estimators: "200" }
  const NET = { epochs: "40", hidden: "32" }

  const WAYS: readonly (readonly [image: string, type: string, count: number, own: object, script: string | null])[] = [
    [XGBOOST, "ml.m5.xlarge", 1, { ...BUILT_IN, tree_method: "hist" }, null],
    [XGBOOST, "ml.m5.xlarge", 2, { ...BUILT_IN, tree_method: "hist" }, null],
    [XGBOOST, "ml.g4dn.xlarge", 1, { ...BUILT_IN, tree_method: "gpu_hist" }, null],
    [XGBOOST, "ml.m5.xlarge", 1, { ...SCRIPT, tree_method: '"hist"' }, "train_xgboost.py"],
    [XGBOOST, "ml.g4dn.xlarge", 1, { ...SCRIPT, tree_method: '"gpu_hist"' }, "train_xgboost.py"],
    [SKLEARN, "ml.m5.xlarge", 1, FOREST, "train_sklearn.py"],
    [`${PYTORCH}-cpu-py38`, "ml.m5.xlarge", 1, NET, "train_pytorch.py"],
    [`${PYTORCH}-gpu-py38`, "ml.g4dn.xlarge", 1, NET, "train_pytorch.py"],
  ]

  test.each(WAYS.map((way, row) => [row, ...way] as const))(
    "row %i trains in %s on %s",
    async (row, image, type, count, own, script) => {
      const { request, uploads } = await preview(EXAMPLE, row)
      const job = `rg-20261120142233-many-ways-0000-r${row}-a1`
      const names = {
        sagemaker_submit_directory: `"${uploads[0]?.to}"`,
        sagemaker_program: `"${script}"`,
        sagemaker_container_log_level: "20",
        sagemaker_job_name: `"${job}"`,
        sagemaker_region: '"us-east-2"',
      }
      const { Tags, AlgorithmSpecification, ...rest } = request
      expect(AlgorithmSpecification).toMatchObject({ TrainingImage: image, TrainingInputMode: "File" })
      expect(rest).toEqual({
        TrainingJobName: job,
        RoleArn: ROLE,
        HyperParameters: script === null ? own : { ...own, ...names },
        InputDataConfig: [
          channel("train", "s3://passengers-us-east-2/train/", "FullyReplicated", "text/csv"),
          channel("validation", "s3://passengers-us-east-2/validation/", "FullyReplicated", "text/csv"),
        ],
        OutputDataConfig: { S3OutputPath: "s3://sagemaker-us-east-2-123456789012/" },
        ResourceConfig: { InstanceType: type, InstanceCount: count, VolumeSizeInGB: 10 },
        StoppingCondition: { MaxRuntimeInSeconds: 1800 },
      })
      expect(uploads).toHaveLength(script === null ? 0 : 1)
      if (script !== null) expect(existsSync(join(MANIFESTS, EXAMPLE, "code", script))).toBe(true)
    },
  )
})

describe("06-imagenet-sweep", () => {
  test("row 1 trains as the reference does, with its parameters lifted into the manifest", async () => {
    const [{ request, uploads }, plain] = [await preview("06-imagenet-sweep", 1), await preview("05-imagenet-horovod", 1)]
    const { TrainingJobName, Tags, HyperParameters, AlgorithmSpecification, ...rest } = request
    const { TrainingJobName: _, Tags: __, HyperParameters: other, AlgorithmSpecification: image, ...same } = plain.request
    const job = "rg-20261120142233-imagenet-sweep-0000-r1-a1"
    expect(rest).toEqual(same)
    expect(TrainingJobName).toBe(job)
    expect(Tags).toContainEqual({ Key: "regatta:name", Value: "reference" })
    expect(AlgorithmSpecification).toEqual({
      ...(image as object),
      MetricDefinitions: [
        { Name: "accuracy", Regex: "accuracy: ([0-9.]+)" },
        { Name: "loss", Regex: "loss: ([0-9.]+)" },
      ],
    })
    expect(HyperParameters).toEqual({
      ...(other as object),
      sagemaker_job_name: `"${job}"`,
      ...{ epochs: "90", batch_size: "256", learning_rate: "8", decay: '"poly"', warmup_epochs: "10" },
    })
    expect(uploads.map(({ to }) => to)).toEqual(plain.uploads.map(({ to }) => to))
  })
})

describe("12-algorithms", () => {
  const METRICS = [
    { Name: "rmse", Regex: "validation(?:-rmse:| rmse <loss>=)([0-9.e-]+)" },
    { Name: "logloss", Regex: "validation(?:-logloss:| binary_classification_cross_entropy_objective <loss>=)([0-9.e-]+)" },
  ]

  test.each([
    [
      0,
      "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1",
      { predictor_type: "regressor", epochs: "100", mini_batch_size: "20" },
      "FullyReplicated",
    ],
    [
      4,
      "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.5-1",
      { objective: "binary:logistic", num_round: "60", max_depth: "5", eta: "0.3", subsample: "0.8" },
      "ShardedByS3Key",
    ],
  ])("row %i is as well a request of aws, of %s", async (row, image, HyperParameters, distribution) => {
    const { request, region } = await preview("12-algorithms", row)
    const data = `s3://regatta-algorithms-${region}/${row === 0 ? "clocks" : "german"}`
    const { Tags, ...rest } = request
    expect(rest).toEqual({
      TrainingJobName: `rg-20261120142233-algorithms-0000-r${row}-a1`,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File", MetricDefinitions: METRICS },
      RoleArn: ROLE,
      HyperParameters,
      InputDataConfig: [
        channel("train", `${data}/train/`, distribution, "text/csv"),
        channel("validation", `${data}/validation/`, "FullyReplicated", "text/csv"),
      ],
      OutputDataConfig: { S3OutputPath: `s3://sagemaker-${region}-123456789012/` },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: row === 0 ? 1 : 4, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    })
  })
})
