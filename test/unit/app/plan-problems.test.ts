import { describe, expect, test } from "vitest"
import { AWS_YAML, plan } from "../../plan-bed.ts"

const HEADER = "region,s3_location"
const ROW = "us-east-1,s3://bkt/a/"

/** `header|cells` beside region and s3_location, and what is said of it. */
const WRONG_ROWS: readonly (readonly [header: string, cells: string, said: string])[] = [
  [
    "instance_count",
    "0",
    'manifest.csv line 2, column "instance_count": expected a whole number from 1 to 10000, got "0"',
  ],
  ["instance_count", "{hp.n}", 'column "instance_count": {hp.n} has no value: this row has no hp.n, got "{hp.n}"'],
  ["hp.n,instance_count", "x,{hp.n}", 'expected a whole number from 1 to 10000 (in this row it is "x"), got "{hp.n}"'],
  ["hp.a,hp.b", "{hp.b},{hp.a}", 'column "hp.a": {hp.a} stands for itself: hp.a -> hp.b -> hp.a'],
  [
    "name",
    "{foo}",
    'column "name": {foo} is no placeholder; known are {run} {attempt} {row} {region} {account} {hp.<name>}',
  ],
  [
    "instance_type",
    "ml.p3.16xlrage",
    'SageMaker has no instance type "ml.p3.16xlrage" (did you mean "ml.p3.16xlarge"?)',
  ],
  ["fallback", "us-eest-1/*", 'there is no AWS region "us-eest-1" (did you mean "us-east-1"?)'],
  ["channel.x.distribution", "ShardedByS3Key", "channel.x has no location in this row"],
  ["channel.train.data_type", "AugmentedManifestFile", "AugmentedManifestFile needs input_mode Pipe"],
  ["channel.train.compression", "Gzip", "Gzip needs input_mode Pipe"],
  ["channel.train.input_mode,channel.train.data_type", "FastFile,ManifestFile", "FastFile needs data_type S3Prefix"],
  ["algorithm,image", "xgboost:1.5-1,x:1", "an algorithm brings its own image and program"],
  ["algorithm", "xgbost", 'SageMaker has no built-in algorithm "xgbost" (did you mean "xgboost"?)'],
  ["source_dir", "code", "this is packed with an entry_point, and this row has none"],
  ["python", "py38", "only the image of a framework is chosen by its Python"],
  ["framework", "pytorch:2.3", "a framework needs an entry_point"],
  ["entry_point,source_dir", "../x.py,code", "beside a source_dir the entry point is a path inside it"],
  ["entry_point", "train.py", "there is no script /home/ada/project/train.py"],
  ["entry_point,source_dir", "train.py,code", "there is no folder /home/ada/project/code"],
  ["distribution", "mpi", "mpi needs an entry_point"],
  ["mpi.options", "-x A=B", "this row does not train with MPI"],
  ["max_wait", "2d", "only a Spot training job waits"],
  ["spot,max_wait", "true,1h", "waiting and training together take at least max_runtime (86400 seconds)"],
  ["vpc.subnets", "subnet-1", "a VPC needs both: set vpc.security_groups too"],
  ["kms_key", "arn:aws:kms:eu-west-1:123456789012:key/x", "this key is in eu-west-1 and the training job in us-east-1"],
  ["role", "arn:aws-cn:iam::123456789012:role/x", "this role is of partition aws-cn and us-east-1 of aws"],
  ["image", "1.dkr.ecr.eu-west-1.amazonaws.com/x:1", "this image is in eu-west-1 and the training job in us-east-1"],
  [
    "volume_kms_key,instance_type",
    "alias/x,ml.p4d.24xlarge",
    "ml.p4d.24xlarge has disks of its own, which take no key",
  ],
  ["output", "out", "on aws data lies in S3"],
  ["fallback", "eu-west-1/*", "is in one region, and this row has it in us-east-1 and in eu-west-1"],
  [
    "env.A",
    `AKIA${"A1B2C3D4E5F6G7H8"}`,
    'this is an AWS access key: let the training script read it with the job\'s role, or give --allow-plain-env A, got "***"',
  ],
  [
    "hp.url",
    "postgres://ada:pw@db/x",
    'this is a password in a URL: let the training script read it with the job\'s role, got "***"',
  ],
]

describe("a row that is wrong", () => {
  test.each(WRONG_ROWS)("with %s = %s is told so", async (header, cells, message) => {
    const { plan: planned, said, problems } = await plan(`${HEADER},${header}\n${ROW},${cells}\n`)
    expect(planned).toBeNull()
    expect(said.join("\n")).toContain(message)
    expect(problems.filter(({ severity }) => severity === "error").every(({ line }) => line === 2)).toBe(true)
  })

  test("does not hide another: all of the file are told together", async () => {
    const csv = [
      `${HEADER},instance_count,spot,max_runtime`,
      "us-east-1,s3://bkt/a,0,maybe,1x",
      "us-esat-1,s3://bkt/a,1,,",
      ",s3://bkt/a,1,,",
      "us-east-1,s3://bkt/a,1",
      "us-east-1,ftp://x,1,,",
    ].join("\n")
    const { said } = await plan(csv)
    expect(said.map((line) => line.replace(/:.*/s, ""))).toEqual([
      'manifest.csv line 2, column "instance_count"',
      'manifest.csv line 2, column "spot"',
      'manifest.csv line 2, column "max_runtime"',
      'manifest.csv line 3, column "region"',
      'manifest.csv line 4, column "region"',
      "manifest.csv line 5",
      'manifest.csv line 6, column "s3_location"',
    ])
  })

  test.each(["us-esat-1", ""])("tells its other wrong cells beside the region %j", async (region) => {
    const { said } = await plan(
      `region,s3_location,instance_count,spot,name\n${region},s3://b-{region}/,0,maybe,{hp.none}\n`,
    )
    expect(said.map((line) => line.replace(/:.*/s, ""))).toEqual([
      'manifest.csv line 2, column "region"',
      'manifest.csv line 2, column "instance_count"',
      'manifest.csv line 2, column "spot"',
    ])
  })

  test("is told by its line even behind records of several lines", async () => {
    const { said } = await plan(
      `${HEADER},hp.text,spot\r\n${ROW},"two\r\nlines, and ""quotes""",true\r\n${ROW},x,no\r\n`,
    )
    expect(said.at(-1)).toContain('manifest.csv line 4, column "spot"')
  })
})

describe("what a row has not", () => {
  test("is told once, with the key to set", async () => {
    const { said } = await plan(`${HEADER}\n${ROW}\n${ROW}x\n`, { yaml: "on: aws\n" })
    expect(said).toEqual([
      'manifest.csv line 2, column "image": nothing says what trains: set image, algorithm or framework, as a column or under defaults',
      'manifest.csv line 2, column "instance_type": is not set: add it as a column or under defaults in regatta.yaml',
      'manifest.csv line 2, column "output": the default, s3://sagemaker-{region}-{account}/, needs account in regatta.yaml',
    ])
  })

  test("is a role on aws, and not on local", async () => {
    const yaml = AWS_YAML.replace(/ {2}role.*\n/, "")
    expect((await plan(`${HEADER}\n${ROW}\n`, { yaml })).said).toEqual([
      expect.stringContaining('column "role": is not set, and aws needs it'),
    ])
    const { said } = await plan("region,entry_point\nus-east-1,a.py\n", { yaml, on: "local", files: { "a.py": "" } })
    expect(said).toEqual([])
  })

  test("is found in the setting that has the fault, and only once", async () => {
    const yaml = `${AWS_YAML}  name: "{nam}"\n`
    const { said } = await plan(`${HEADER}\n${ROW}\n${ROW}x\n`, { yaml })
    expect(said).toEqual([
      expect.stringMatching(/^regatta\.yaml line 7, key "defaults\.name": \{nam\} is no placeholder/),
    ])
  })
})

describe("a header", () => {
  test.each([
    ["region,lr", 'manifest.csv line 1, column "lr": there is no column "lr"; a hyperparameter is "hp.lr"'],
    ["region,instance_counts", 'there is no column "instance_counts" (did you mean "instance_count"?)'],
    ["region,name,name", 'column "name": this column is there twice'],
    ["region,s3_location,channel.train", 'this column is there twice: "s3_location" and "channel.train" are the same'],
    ["region,,name", "manifest.csv line 1: column 2 has no name"],
    ["region,channel.x.", 'there is no column "channel.x."'],
  ])("%j is refused", async (header, message) => {
    const cells = header
      .split(",")
      .slice(1)
      .map(() => "")
    const { said } = await plan(`${header}\n${["us-east-1", ...cells].join(",")}\n`)
    expect(said.join("\n")).toContain(message)
  })

  test("that is none is told so once: it may be a row with a mistyped region", async () => {
    const { said } = await plan("us_east_1,s3://bkt/a/\n")
    expect(said).toEqual([
      'manifest.csv line 1: no header, for it names no column, and no row, for its first cell "us_east_1" is no region such as us-east-1: name the columns, here or with --columns',
    ])
  })

  test("with a secret's name for a variable is refused, and its value never shown", async () => {
    const { said } = await plan("region,env.DB_PASSWORD\nus-east-1,hunter2\n")
    expect(said).toEqual([expect.stringContaining('column "env.DB_PASSWORD": a name like this holds a secret')])
    expect(said.join()).toContain('--allow-plain-env DB_PASSWORD, got "***"')
    expect(said.join()).not.toContain("hunter2")
  })

  test("with a secret's name is taken with --allow-plain-env, and its value is masked in problems still", async () => {
    const request = { allowPlainEnv: ["API_KEY"] }
    expect((await plan("region,env.API_KEY\nus-east-1,hunter2\n", { request })).specs[0]?.environment).toEqual({
      API_KEY: "hunter2",
    })
    const { said } = await plan(`region,env.API_KEY\nus-east-1,${"hunter2".repeat(80)}\n`, { request })
    expect(said.join()).toMatch(/expected at most 512.*got "\*\*\*"/)
  })

  test("finds a secret's name in regatta.yaml too", async () => {
    const yaml = `${AWS_YAML}  env: {HF_TOKEN: abc}\nregions: {us-east-1: {env.X_KEY: b}}\n`
    const { said } = await plan(`${HEADER}\n${ROW}\n`, { yaml })
    expect(said.map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      'regatta.yaml line 7, key "defaults.env.HF_TOKEN"',
      'regatta.yaml line 8, key "regions.us-east-1.env.X_KEY"',
    ])
  })
})

describe("rows together", () => {
  test("may not have one checkpoint, unless it is shared", async () => {
    const csv = (shared: string) =>
      `${HEADER},checkpoint,checkpoint_shared\n${ROW},s3://bkt/c,${shared}\n${ROW}x,s3://bkt/c/,${shared}\n`
    expect((await plan(csv(""))).said).toEqual([
      expect.stringContaining(
        'manifest.csv line 3, column "checkpoint": line 2 has the same checkpoint, s3://bkt/c/: write {row} in it',
      ),
    ])
    expect((await plan(csv("true"))).said).toEqual([])
  })

  test("have a checkpoint each with {row}, with {hp.x}, or by default", async () => {
    for (const checkpoint of ["s3://bkt/{row}/", "s3://bkt/{hp.x}", "true"]) {
      const { said, specs } = await plan(`${HEADER},checkpoint,hp.x\n${ROW},${checkpoint},1\n${ROW},${checkpoint},2\n`)
      expect(said).toEqual([])
      expect(specs).toHaveLength(2)
    }
  })

  test("by default have their checkpoints under the output, by run and row", async () => {
    const { specs } = await plan(`${HEADER},checkpoint\n${ROW},true\n`)
    expect(specs[0]?.checkpoint?.uri).toBe("s3://sagemaker-us-east-1-123456789012/{run}/0/checkpoints/")
  })

  test("are of one partition", async () => {
    const { said } = await plan(
      `${HEADER},image,role\n${ROW},x:1,\ncn-north-1,s3://bkt/a,x:1,arn:aws-cn:iam::123456789012:role/x\n`,
    )
    expect(said).toEqual([expect.stringContaining("cn-north-1 is in partition aws-cn and the first row in aws")])
  })

  test.each(["kms_key: alias/x", "volume_kms_key: alias/x", "vpc: {subnets: s-1, security_groups: g-1}"])(
    "in several regions may not have %s in common",
    async (setting) => {
      const yaml = `${AWS_YAML}  ${setting}\n`
      expect((await plan(`${HEADER}\n${ROW}\n${ROW}x\n`, { yaml })).said).toEqual([])
      const { said } = await plan(`${HEADER}\n${ROW}\neu-west-1,s3://bkt/a\n`, { yaml })
      expect(said[0]).toMatch(
        /^regatta\.yaml line 7, key "defaults\..*": this belongs to one region, and rows in eu-west-1, us-east-1 have it/,
      )
    },
  )

  test("may have a key each by {region}, or under regions", async () => {
    const yaml = `${AWS_YAML}  kms_key: "arn:aws:kms:{region}:123456789012:key/x"\nregions: {eu-west-1: {volume_kms_key: alias/b}}\n`
    expect((await plan(`${HEADER}\n${ROW}\neu-west-1,s3://bkt/a\n`, { yaml })).said).toEqual([])
  })

  test("that are alike in every setting are a warning", async () => {
    const { plan: planned, said } = await plan(`${HEADER},hp.x\n${ROW},1\n${ROW},2\n${ROW},1\n`)
    expect(said).toEqual(["manifest.csv line 4: this row is like line 2 in every setting"])
    expect(planned?.warnings).toHaveLength(1)
  })
})

describe("limits and money", () => {
  test("that one row alone exceeds are an error", async () => {
    const yaml = `${AWS_YAML}limits: {us-east-1: {ml.m5.large: 4}}\n`
    const { said } = await plan(`${HEADER},instance_count\n${ROW},5\n${ROW},4\n`, { yaml })
    expect(said).toEqual([
      expect.stringContaining(
        'line 2, column "instance_count": this row alone needs 5 instances, and limits allow 4 of us-east-1/ml.m5.large',
      ),
    ])
  })

  test("a fallback beyond its limit is a warning", async () => {
    const yaml = `${AWS_YAML}limits: {us-east-1: {ml.c5.xlarge: 1}}\n`
    const { plan: planned, said } = await plan(`${HEADER},instance_count,fallback\n${ROW},5,*/ml.c5.xlarge\n`, { yaml })
    expect(planned).not.toBeNull()
    expect(said).toEqual([expect.stringContaining("limits allow 1 of us-east-1/ml.c5.xlarge")])
  })

  test("a row that may cost more than the whole budget is an error", async () => {
    const yaml = `${AWS_YAML}prices: {us-east-1: {ml.m5.large: 1}}\nbudget: 20\n`
    const { said } = await plan(`${HEADER},max_runtime,expected_runtime\n${ROW},1d,\n${ROW}x,1d,2h\n`, { yaml })
    expect(said).toEqual([expect.stringContaining("this row alone may cost $24.00, more than the budget of $20.00")])
  })

  test("a row of unknown price under a budget is a warning", async () => {
    const { said } = await plan(`${HEADER}\n${ROW}\n`, { yaml: `${AWS_YAML}budget: 20\n` })
    expect(said).toEqual([expect.stringContaining("ml.m5.large in us-east-1 has no price")])
  })
})

describe("a warning", () => {
  test.each([
    ["spot", "true", "Spot without a checkpoint begins anew after each interruption"],
    ["fallback", "*/*/spot", "Spot without a checkpoint"],
    ["fallback", "*/*; */*", "us-east-1/ml.m5.large is tried twice"],
    ["expected_runtime,max_runtime", "2h,1h", "longer than max_runtime (3600 seconds)"],
  ])("is given for %s = %s", async (header, cells, message) => {
    const { plan: planned, said } = await plan(`${HEADER},${header}\n${ROW},${cells}\n`)
    expect(planned).not.toBeNull()
    expect(said.join()).toContain(message)
  })

  test("is given for more MPI processes than GPUs", async () => {
    const header = "instance_type,distribution,mpi.processes_per_host,entry_point"
    const csv = `${HEADER},${header}\n${ROW},ml.p3.8xlarge,mpi,8,a.py\n${ROW}x,ml.p3.16xlarge,mpi,8,a.py\n`
    const { said } = await plan(csv, { files: { "a.py": "" } })
    expect(said).toEqual([
      expect.stringContaining(
        'line 2, column "mpi.processes_per_host": ml.p3.8xlarge has 4 GPUs, fewer than processes',
      ),
    ])
  })
})

test("a region that regatta.yaml names is known, and is a warning when no row is in it", async () => {
  const yaml = `${AWS_YAML}regions: {us-esat-1: {volume_gb: 5}, us-east-9: {volume_gb: 5}}\n`
  const { said } = await plan(`${HEADER}\n${ROW}\nus-east-9,s3://bkt/x\n`, { yaml })
  expect(said).toEqual([
    'regatta.yaml line 7, key "regions.us-esat-1": no row is in this region (did you mean "us-east-1"?)',
  ])
})

describe("counts", () => {
  const many = (prefix: string, count: number, cell: string) => {
    const names = Array.from({ length: count }, (_, n) => `${prefix}${n}`)
    return `region,${names.join(",")}\nus-east-1,${names.map(() => cell).join(",")}\n`
  }

  test.each([
    ["env.E", 101, "x", "at most 100 columns env.*, and this one has 101"],
    ["tag.t", 46, "x", "at most 45 columns tag.*"],
    ["metric.m", 41, "(x)", "at most 40 columns metric.*"],
    ["channel.c", 21, "s3://bkt/x", "at most 20 columns channel.*"],
    ["hp.h", 101, "1", "at most 100 hyperparameters, and this one has 101"],
  ])("of %s beyond the service's are refused", async (prefix, count, cell, message) => {
    expect((await plan(many(prefix, count, cell))).said.join()).toContain(message)
    expect((await plan(many(prefix, count - 1, cell))).said).toEqual([])
  })

  test("of hyperparameters include script mode's own", async () => {
    const yaml = `${AWS_YAML}  entry_point: a.py\n`
    const bed = { yaml, files: { "a.py": "" } }
    expect((await plan(many("hp.h", 96, "1"), bed)).said.join()).toContain(
      "and this one has 101 with the 5 of script mode",
    )
    expect((await plan(many("hp.h", 95, "1"), bed)).said).toEqual([])
  })

  test("of a hyperparameter's characters are those that are sent", async () => {
    const bed = { yaml: `${AWS_YAML}  entry_point: a.py\n  source_dir: code\n`, files: { "code/a.py": "" } }
    const text = "x".repeat(2499)
    expect((await plan(`region,hp.a\nus-east-1,${text}\n`, bed)).said.join()).toContain(
      "as it is sent (JSON), and these are 2501",
    )
    expect((await plan(`region,hp.a\nus-east-1,${text}\n`)).said).toEqual([])
  })
})

test("problems beyond the first thousand are counted", async () => {
  const rows = Array.from({ length: 1500 }, (_, n) => `us-east-1,s3://bkt/${n},0`)
  const { problems, omitted } = await plan(`${HEADER},instance_count\n${rows.join("\n")}\n`)
  expect(problems).toHaveLength(1000)
  expect(omitted).toEqual({ errors: 500, warnings: 0 })
})
