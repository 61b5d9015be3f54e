import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs"
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr"
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam"
import { GetProductsCommand, PricingClient } from "@aws-sdk/client-pricing"
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from "@aws-sdk/client-sagemaker"
import { ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ACCOUNT, anEmulator, type Emulated } from "./emulated.ts"

const REGION = "us-west-2"

let emulated: Emulated

beforeAll(async () => {
  emulated = await anEmulator({
    world: {
      regions: { [REGION]: { quotas: { "ml.m5.large": 4 } } },
      prices: { all: { "ml.m5.large": 0.115 } },
      roles: { training: { trusts: ["sagemaker.amazonaws.com"] } },
      images: [{ repository: "trainer", tags: ["1"] }],
      denied: ["sagemaker:StopTrainingJob", "iam:ListRoles", "s3:DeleteObject"],
    },
  })
})
afterAll(() => emulated.close())

describe("each service answers its own client", () => {
  test("STS, by a form and XML", async () => {
    const caller = await new STSClient(emulated.client(REGION)).send(new GetCallerIdentityCommand({}))
    expect(caller).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/regatta` })
  })

  test("IAM: a role with whom it trusts, or NoSuchEntity", async () => {
    const iam = new IAMClient(emulated.client(REGION))
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "training" }))
    expect(Role?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:role/training`)
    expect(Role?.CreateDate).toBeInstanceOf(Date)
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain("sagemaker.amazonaws.com")
    await expect(iam.send(new GetRoleCommand({ RoleName: "none" }))).rejects.toMatchObject({
      name: expect.stringMatching(/^NoSuchEntity/),
    })
  })

  test("Service Quotas, Pricing and ECR", async () => {
    const { Quotas = [] } = await new ServiceQuotasClient(emulated.client(REGION)).send(
      new ListServiceQuotasCommand({ ServiceCode: "sagemaker" }),
    )
    expect(Quotas.find(({ QuotaName }) => QuotaName === "ml.m5.large for training job usage")?.Value).toBe(4)
    const { PriceList = [] } = await new PricingClient(emulated.client("us-east-1")).send(
      new GetProductsCommand({
        ServiceCode: "AmazonSageMaker",
        Filters: [{ Type: "TERM_MATCH", Field: "regionCode", Value: REGION }],
      }),
    )
    expect(PriceList.length).toBeGreaterThan(0)
    const { imageDetails = [] } = await new ECRClient(emulated.client(REGION)).send(
      new DescribeImagesCommand({ repositoryName: "trainer", imageIds: [{ imageTag: "1" }] }),
    )
    expect(imageDetails).toHaveLength(1)
  })
})

describe("a training job", () => {
  const request = (TrainingJobName: string) => ({
    TrainingJobName,
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/training`,
    AlgorithmSpecification: {
      TrainingImage: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/trainer:1`,
      TrainingInputMode: "File" as const,
    },
    OutputDataConfig: { S3OutputPath: "s3://west-data/out" },
    ResourceConfig: { InstanceType: "ml.m5.large" as const, InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  })

  test("passes through its statuses, writes its log and leaves its model in S3", async () => {
    const s3 = new S3Client(emulated.client(REGION))
    const sagemaker = new SageMakerClient(emulated.client(REGION))
    await s3.send(
      new CreateBucketCommand({ Bucket: "west-data", CreateBucketConfiguration: { LocationConstraint: REGION } }),
    )
    await s3.send(new PutObjectCommand({ Bucket: "west-data", Key: "in/1", Body: "1" }))
    await sagemaker.send(new CreateTrainingJobCommand(request("job-1")))
    await expect(sagemaker.send(new CreateTrainingJobCommand(request("job-1")))).rejects.toMatchObject({
      name: "ResourceInUse",
    })
    const describeJob = () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "job-1" }))
    const begun = await describeJob()
    expect([begun.TrainingJobStatus, begun.CreationTime]).toEqual(["InProgress", expect.any(Date)])
    await emulated.control("POST", "time", { seconds: 3600 })
    const ended = await describeJob()
    expect(ended).toMatchObject({ TrainingJobStatus: "Completed", SecondaryStatus: "Completed" })
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "west-data", Prefix: "out/job-1/" }))
    expect(Contents.map(({ Key }) => Key)).toContain("out/job-1/output/model.tar.gz")
    const logs = new CloudWatchLogsClient(emulated.client(REGION))
    const logGroupName = "/aws/sagemaker/TrainingJobs"
    const { logStreams: [stream] = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: "job-1/" }),
    )
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName: stream?.logStreamName ?? "", startFromHead: true }),
    )
    expect(events.length).toBeGreaterThan(0)
    const elsewhere = new SageMakerClient(emulated.client("eu-west-1"))
    expect((await elsewhere.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries).toEqual([])
  })

  test("of another region's name is a ValidationException, and a denied action AccessDenied in JSON", async () => {
    const elsewhere = new SageMakerClient(emulated.client("eu-west-1"))
    await expect(elsewhere.send(new DescribeTrainingJobCommand({ TrainingJobName: "job-1" }))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Requested resource not found.",
    })
    await expect(elsewhere.send(new StopTrainingJobCommand({ TrainingJobName: "job-1" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    })
    await expect(
      new SageMakerClient(emulated.client("xx-none-1")).send(new ListTrainingJobsCommand({})),
    ).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    })
  })
})
