import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import * as z from "zod"
import { parseYaml } from "../../../../src/app/yaml-node.ts"
import {
  FAULT_KINDS,
  JOB_ENDS,
  readWorldFile,
  type ServiceId,
  type World,
  worldSchema,
} from "../../../../src/core/config/world-file.ts"
import { ModelledAccount } from "../../../../src/simulation/modelled-account.ts"
import type { ServiceModel } from "../../../../src/simulation/service-model.ts"
import { aRequest, Objects, START } from "../sagemaker/training-bed.ts"

type Input = Readonly<Record<string, unknown>>

class Store extends Objects implements ServiceModel {
  handle() {
    return { ok: true as const, output: {} }
  }
}

function worldOf(yaml: string): World {
  const parsed = parseYaml(yaml)
  if (!parsed.ok) throw new Error("no YAML")
  const read = readWorldFile("world.yaml", parsed.root)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.values
}

function problemsOf(yaml: string): readonly string[] {
  const parsed = parseYaml(yaml)
  if (!parsed.ok) throw new Error("no YAML")
  const read = readWorldFile("world.yaml", parsed.root)
  return read.ok ? [] : read.problems.map(({ line, column, message }) => `${line} ${column}: ${message}`)
}

function anAccount(yaml = "") {
  const account = new ModelledAccount(worldOf(yaml), { s3: new Store() })
  const call = (service: ServiceId, operation: string, input: Input = {}, region = "us-east-1", second = 0) =>
    account.handle(service, { region, operation, input, caller: account.caller }, START + second * 1000)
  const ask = (...given: Parameters<typeof call>): Input => {
    const answer = call(...given)
    if (answer.ok) return answer.output
    throw Object.assign(new Error(answer.fault.message), { name: answer.fault.name })
  }
  return { account, call, ask }
}

describe("the world file", () => {
  test("may be empty, and the shipped example is right", () => {
    expect(problemsOf("")).toEqual([])
    const example = resolve(import.meta.dirname, "../../../../manifests/world.yaml")
    expect(problemsOf(readFileSync(example, "utf8"))).toEqual([])
  })

  test("reports every problem with its key and line", () => {
    expect(
      problemsOf(
        [
          "account: 12",
          "acount: 1",
          "regions:",
          "  us-east-1:",
          "    quotas: { ml.p3.16xlarg: 4, ml.m5.large/spot: -1 }",
          "  moon: {}",
          "jobs:",
          "  - match: { nam: x }",
          "  - training: soon",
          "  - end: exploded",
          "faults:",
          "  - kind: flood",
          "throttles: 3",
        ].join("\n"),
      ),
    ).toEqual([
      "1 account: expected the 12 digits of an AWS account, in quotes",
      expect.stringContaining('2 acount: there is no such key (did you mean "account"?); known are seed, account'),
      expect.stringContaining("5 regions.us-east-1.quotas.ml.p3.16xlarg: expected an instance type"),
      "5 regions.us-east-1.quotas.ml.m5.large/spot: expected a whole number from 0",
      "6 regions.moon: expected an AWS region such as us-east-1",
      expect.stringContaining(
        '8 jobs.0.match.nam: there is no such key (did you mean "name"?); known are name, region',
      ),
      "9 jobs.1.training: expected a time such as 0.5, 3s or 2m, or two of them with .. between: 2s..5s",
      expect.stringContaining("10 jobs.2.end: expected one of completed"),
      expect.stringContaining("12 faults.0.kind: expected one of throttle"),
      "13 throttles: expected a list",
    ])
  })
})

describe("an account", () => {
  test("runs a job of an empty world to its end in seconds, in any region", () => {
    const { account, ask } = anAccount()
    ask("sagemaker", "CreateTrainingJob", aRequest())
    const due = account.due()
    expect(due).toBeGreaterThan(START)
    for (let at = account.due(); at !== null; at = account.due()) account.advance(at)
    expect(ask("sagemaker", "DescribeTrainingJob", { TrainingJobName: "row-1" }, "us-east-1", 60)).toMatchObject({
      TrainingJobStatus: "Completed",
      ModelArtifacts: {},
    })
    const streams = ask("logs", "DescribeLogStreams", { logGroupName: "/aws/sagemaker/TrainingJobs" }, "us-east-1", 60)
    expect(streams["logStreams"]).toHaveLength(2)
  })

  test("shows logs as they are now, although nothing else has asked", () => {
    const { ask, call } = anAccount("jobs: [{ starting: 1, downloading: 1, training: 100, log: [a, b] }]")
    const group = { logGroupName: "/aws/sagemaker/TrainingJobs" }
    ask("sagemaker", "CreateTrainingJob", aRequest())
    expect(call("logs", "DescribeLogStreams", group, "us-east-1", 1).ok).toBe(false)
    const [stream] = ask("logs", "DescribeLogStreams", group, "us-east-1", 55)["logStreams"] as readonly Input[]
    const events = ask("logs", "GetLogEvents", { ...group, logStreamName: stream?.["logStreamName"] }, "us-east-1", 55)
    expect((events["events"] as readonly Input[]).map(({ message }) => message)).toEqual([
      "algo-1: training starts",
      "a",
    ])
  })

  test("refuses regions that are off or unknown, and what is denied", () => {
    const { call } = anAccount(
      "regions: { eu-west-1: { enabled: false } }\ndenied: ['sagemaker:List*', 'iam:PassRole', 's3:PutObject']",
    )
    for (const region of ["eu-west-1", "xx-none-1"])
      expect(call("sagemaker", "ListTrainingJobs", {}, region)).toMatchObject({
        fault: { name: "UnrecognizedClientException", status: 403 },
      })
    expect(call("sagemaker", "ListTrainingJobs")).toMatchObject({
      fault: {
        name: "AccessDeniedException",
        message: expect.stringContaining("is not authorized to perform: sagemaker:ListTrainingJobs on resource: *"),
      },
    })
    expect(call("sagemaker", "CreateTrainingJob", aRequest())).toMatchObject({
      fault: { message: expect.stringContaining("iam:PassRole") },
    })
    expect(call("s3", "PutObject")).toMatchObject({ fault: { name: "AccessDenied", status: 403 } })
    expect(call("dynamodb", "PutItem")).toMatchObject({ fault: { name: "UnknownService" } })
    expect(
      anAccount("other_regions: disabled\nregions: { us-east-1: {} }").call(
        "sts",
        "GetCallerIdentity",
        {},
        "us-west-2",
      ),
    ).toMatchObject({ fault: { name: "InvalidClientTokenId" } })
  })

  const rules: readonly (readonly [string, Input, string])[] = [
    ["- match: { name: 'row-*' }\n    end: algorithm_error\n    exit_code: 3", {}, "AlgorithmError: , exit code: 3"],
    ["- match: { region: us-west-2 }\n    end: capacity_error", {}, "Completed"],
    ["- match: { type: ml.m5.* }\n    end: capacity_error", {}, "CapacityError"],
    ["- match: { spot: true }\n    end: capacity_error", {}, "Completed"],
    [
      "- match: { hyperparameters: { epochs: '1?' } }\n    end: upload_error\n  - match: { hyperparameters: { epochs: '1*' } }\n    end: download_error",
      { HyperParameters: { epochs: "12" } },
      "ClientError: Data download failed",
    ],
    ["- match: { hyperparameters: { epochs: '*' } }\n    end: upload_error", {}, "Completed"],
    ["- chance: 0\n    end: upload_error\n  - end: upload_error\n    reason: 'ClientError: x'", {}, "ClientError: x"],
  ]

  test.each(rules)("jobs do what the first rule that matches says: %s", (rule, request, end) => {
    const { ask } = anAccount(`jobs:\n  ${rule}`)
    ask("sagemaker", "CreateTrainingJob", aRequest(request))
    const found = ask("sagemaker", "DescribeTrainingJob", { TrainingJobName: "row-1" }, "us-east-1", 600)
    expect(String(found["FailureReason"] ?? found["TrainingJobStatus"])).toContain(end)
  })

  test("chance takes its share of the jobs, and the same jobs for the same seed", () => {
    const failing = (seed: number) => {
      const { account, ask } = anAccount(`seed: ${seed}\nquota: 9999\njobs: [{ chance: 0.3, end: capacity_error }]`)
      const names = Array.from({ length: 300 }, (_, at) => `job-${at}`)
      for (const name of names) ask("sagemaker", "CreateTrainingJob", aRequest({ TrainingJobName: name }))
      account.advance(START + 600_000)
      const end = (name: string) => ask("sagemaker", "DescribeTrainingJob", { TrainingJobName: name }, "us-east-1", 600)
      return names.filter((name) => end(name)["TrainingJobStatus"] === "Failed")
    }
    expect(Math.abs(failing(1).length - 90)).toBeLessThan(35)
    expect(failing(1)).toEqual(failing(1))
    expect(failing(1)).not.toEqual(failing(2))
  })

  test("says who calls", () => {
    expect(anAccount().ask("sts", "GetCallerIdentity")).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/regatta",
    })
  })
})

describe("Service Quotas", () => {
  const yaml = "quota: 20\nregions: { us-east-1: { quotas: { ml.p3.16xlarge: 4, ml.p3.16xlarge/spot: 8 } } }"
  const sagemaker = { ServiceCode: "sagemaker" }
  const quotasOf = (output: Input) => output["Quotas"] as readonly Input[]

  test("lists what was applied, and by default everything, in pages", () => {
    const { ask } = anAccount(yaml)
    expect(
      quotasOf(ask("servicequotas", "ListServiceQuotas", sagemaker)).map((each) => [each["QuotaName"], each["Value"]]),
    ).toEqual([
      ["ml.p3.16xlarge for training job usage", 4],
      ["ml.p3.16xlarge for spot training job usage", 8],
    ])
    expect(quotasOf(ask("servicequotas", "ListServiceQuotas", sagemaker, "us-west-2"))).toEqual([])
    const names = new Set<unknown>()
    for (let token: unknown, more = true; more; ) {
      const next = token === undefined ? {} : { NextToken: token }
      const page = ask("servicequotas", "ListAWSDefaultServiceQuotas", { ...sagemaker, ...next })
      for (const quota of quotasOf(page)) names.add(quota["QuotaName"])
      token = page["NextToken"]
      more = token !== undefined
    }
    expect(names).toContain("ml.m5.large for training job usage")
    expect(names.size).toBeGreaterThan(300)
  })

  test("gives one by its code, and says when it was never applied or the service is unknown", () => {
    const { ask } = anAccount(yaml)
    const [quota] = quotasOf(ask("servicequotas", "ListServiceQuotas", sagemaker))
    const code = { ...sagemaker, QuotaCode: quota?.["QuotaCode"] }
    expect(ask("servicequotas", "GetServiceQuota", code)).toMatchObject({ Quota: { Value: 4 } })
    const missing = expect.objectContaining({ name: "NoSuchResourceException" })
    expect(() => ask("servicequotas", "GetServiceQuota", code, "us-west-2")).toThrow(missing)
    expect(ask("servicequotas", "GetAWSDefaultServiceQuota", code, "us-west-2")).toMatchObject({ Quota: { Value: 20 } })
    expect(() => ask("servicequotas", "ListServiceQuotas", { ServiceCode: "ec2" })).toThrow(missing)
    expect(() => ask("servicequotas", "ListServiceQuotas", { ...sagemaker, MaxResults: 101 })).toThrow("100")
  })

  test("are those that a training job meets", () => {
    const { call } = anAccount(yaml)
    const machines = { InstanceType: "ml.p3.16xlarge", InstanceCount: 5, VolumeSizeInGB: 1 }
    expect(call("sagemaker", "CreateTrainingJob", aRequest({ ResourceConfig: machines }))).toMatchObject({
      fault: { message: expect.stringContaining("is 4 Instances, with current utilization of 0 Instances") },
    })
  })
})

describe("the Price List", () => {
  const { ask, call } = anAccount("prices: { all: { ml.m5.large: 0.115 }, us-west-2: { ml.m5.large: 0.2 } }")
  const filter = (Field: string, Value: string) => ({ Type: "TERM_MATCH", Field, Value })
  const training = [filter("instanceName", "ml.m5.large"), filter("component", "Training")]
  const prices = (region: string, filters = training) =>
    ask("pricing", "GetProducts", {
      ServiceCode: "AmazonSageMaker",
      Filters: [...filters, filter("regionCode", region)],
    })["PriceList"] as readonly string[]

  test.each([
    ["us-west-2", "0.2000000000"],
    ["eu-west-1", "0.1150000000"],
  ])("gives the price of training in %s as JSON in a text", (region, usd) => {
    const [entry = "", ...others] = prices(region)
    expect(others).toEqual([])
    const { product, terms } = JSON.parse(entry)
    expect(product.attributes).toMatchObject({ instanceName: "ml.m5.large", component: "Training", regionCode: region })
    const [offer] = Object.values(terms.OnDemand) as { priceDimensions: Record<string, unknown> }[]
    expect(Object.values(offer?.priceDimensions ?? {})).toMatchObject([{ unit: "Hrs", pricePerUnit: { USD: usd } }])
  })

  test("gives other products too, and nothing where no price is known", () => {
    expect(prices("us-west-2", [filter("instanceName", "ml.m5.large")])).toHaveLength(2)
    expect(prices("us-west-2", [filter("instanceName", "ml.p3.2xlarge")])).toEqual([])
  })

  test("answers in three regions only", () => {
    expect(call("pricing", "GetProducts", { ServiceCode: "AmazonSageMaker" }, "us-west-2").ok).toBe(false)
    expect(call("pricing", "GetProducts", { ServiceCode: "AmazonSageMaker" }, "eu-central-1").ok).toBe(true)
  })
})

describe("ECR", () => {
  const yaml = "images: [{ repository: trainer, tags: [a, b], regions: [us-east-1] }, { repository: other, tags: [c] }]"

  test("finds the tags that are listed, in their regions", () => {
    const { ask } = anAccount(yaml)
    const input = { repositoryName: "trainer", imageIds: [{ imageTag: "a" }] }
    const [image] = ask("ecr", "DescribeImages", input)["imageDetails"] as readonly Input[]
    expect(image).toMatchObject({ imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), imageTags: ["a"] })
    expect(ask("ecr", "DescribeImages", { repositoryName: "trainer" })["imageDetails"]).toHaveLength(2)
    expect(() => ask("ecr", "DescribeImages", input, "us-west-2")).toThrow(
      "The repository with name 'trainer' does not exist in the registry with id '123456789012'",
    )
    expect(() => ask("ecr", "DescribeImages", { ...input, imageIds: [{ imageTag: "z" }] })).toThrow(
      "The image with imageId {imageDigest:'null', imageTag:'z'} does not exist within the repository with name 'trainer' in the registry with id '123456789012'",
    )
    expect(ask("ecr", "BatchGetImage", { ...input, imageIds: [{ imageTag: "a" }, { imageTag: "z" }] })).toMatchObject({
      images: [{ imageId: { imageTag: "a" } }],
      failures: [{ failureCode: "ImageNotFound" }],
    })
    expect(ask("ecr", "DescribeRepositories")["repositories"]).toMatchObject([
      { repositoryName: "other" },
      { repositoryName: "trainer", repositoryUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer" },
    ])
  })

  test("opens registries of others to be pulled only, and has every image where none is listed", () => {
    const { ask, call } = anAccount(yaml)
    const theirs = { registryId: "763104351884", repositoryName: "pytorch-training", imageIds: [{ imageTag: "2.1" }] }
    expect(ask("ecr", "BatchGetImage", theirs)["images"]).toHaveLength(1)
    expect(call("ecr", "DescribeImages", theirs)).toMatchObject({ fault: { name: "AccessDeniedException" } })
    const open = anAccount().ask("ecr", "DescribeImages", { repositoryName: "any", imageIds: [{ imageTag: "1" }] })
    expect(open["imageDetails"]).toHaveLength(1)
  })

  test("has the images that training jobs can pull", () => {
    const { call } = anAccount(yaml)
    expect(call("sagemaker", "CreateTrainingJob", aRequest())).toMatchObject({
      fault: { message: expect.stringContaining("Access denied for repository: trainer") },
    })
  })
})

describe("IAM", () => {
  test("knows the roles that are listed, and the actions that are denied", () => {
    const { ask, call } = anAccount("roles: { Trainer: { trusts: [lambda.amazonaws.com] } }\ndenied: ['s3:*']")
    const role = ask("iam", "GetRole", { RoleName: "Trainer" })["Role"] as Input
    expect(decodeURIComponent(String(role["AssumeRolePolicyDocument"]))).toContain("lambda.amazonaws.com")
    expect(call("iam", "GetRole", { RoleName: "Other" })).toMatchObject({
      fault: { name: "NoSuchEntity", message: "The role with name Other cannot be found.", status: 404 },
    })
    expect(call("sagemaker", "CreateTrainingJob", aRequest())).toMatchObject({
      fault: { message: expect.stringContaining("Could not assume role") },
    })
    const simulated = ask("iam", "SimulatePrincipalPolicy", {
      PolicySourceArn: "arn:aws:iam::123456789012:user/regatta",
      ActionNames: ["s3:GetObject", "sagemaker:ListTags"],
    })
    expect(simulated["EvaluationResults"]).toMatchObject([
      { EvalDecision: "explicitDeny" },
      { EvalDecision: "allowed" },
    ])
  })
})

test("docs/emulator.md names every key of the world file, of its jobs and its faults", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../../../docs/emulator.md"), "utf8")
  const schema = z.toJSONSchema(worldSchema, { io: "input" }) as {
    readonly properties: Readonly<Record<string, { readonly items?: { readonly properties?: object } }>>
  }
  const keys = [
    ...Object.keys(schema.properties),
    ...Object.values(schema.properties).flatMap(({ items }) => Object.keys(items?.properties ?? {})),
    ...FAULT_KINDS,
    ...JOB_ENDS,
  ]
  expect(keys.length).toBeGreaterThan(40)
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([])
})
