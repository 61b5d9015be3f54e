import type { ECRClient } from "@aws-sdk/client-ecr"
import type { IAMClient } from "@aws-sdk/client-iam"
import type { PricingClient } from "@aws-sdk/client-pricing"
import type { ServiceQuotasClient } from "@aws-sdk/client-service-quotas"
import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../../src/adapters/file-system/memory/memory-file-system.ts"
import { EcrImageRegistry, ecrImage } from "../../../../src/adapters/image-registry/ecr/ecr-image-registry.ts"
import { PriceCache } from "../../../../src/adapters/price-book/price-list/price-cache.ts"
import {
  onlyPrice,
  PriceListBook,
  priceRegion,
} from "../../../../src/adapters/price-book/price-list/price-list-book.ts"
import { ServiceQuotaBook } from "../../../../src/adapters/quota-book/service-quotas/service-quota-book.ts"
import {
  IamRoleBook,
  policySource,
  roleName,
  trustsService,
} from "../../../../src/adapters/role-book/iam/iam-role-book.ts"

interface Sent {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** A client that answers from a function and keeps what was sent. */
function aClient<Client>(answer: (sent: Sent) => unknown): { readonly client: Client; readonly sent: Sent[] } {
  const sent: Sent[] = []
  const send = async (command: { readonly input: Record<string, unknown>; readonly constructor: { name: string } }) => {
    const one = { name: command.constructor.name, input: command.input }
    sent.push(one)
    const answered = answer(one)
    if (answered instanceof Error) throw answered
    return answered
  }
  return { client: { send } as unknown as Client, sent }
}

function anAwsError(name: string, status: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } })
}

const P3 = { region: "us-west-2", instanceType: "ml.p3.16xlarge", spot: false }

describe("quotas", () => {
  const named = (QuotaName: string, Value: number) => ({ QuotaName, QuotaCode: `L-${Value}`, Value })

  test("are found by name over all pages, Spot apart, and a region is listed once", async () => {
    const { client, sent } = aClient<ServiceQuotasClient>(({ input }) =>
      input["NextToken"] === undefined
        ? { Quotas: [named("ml.p3.16xlarge for training job usage", 8)], NextToken: "more" }
        : { Quotas: [named("ml.p3.16xlarge for spot training job usage", 3)] },
    )
    const book = new ServiceQuotaBook(() => client)
    expect(await book.quota(P3)).toEqual({ name: "ml.p3.16xlarge for training job usage", code: "L-8", limit: 8 })
    expect(await book.quota({ ...P3, spot: true })).toMatchObject({ limit: 3 })
    expect(sent.map(({ name }) => name)).toEqual(["ListServiceQuotasCommand", "ListServiceQuotasCommand"])
    expect(sent[0]?.input).toMatchObject({ ServiceCode: "sagemaker", MaxResults: 100 })
  })

  test("that were never applied are the service's defaults, and unknown ones null", async () => {
    const { client } = aClient<ServiceQuotasClient>(({ name }) => ({
      Quotas: name === "ListAWSDefaultServiceQuotasCommand" ? [named("ml.p3.16xlarge for training job usage", 0)] : [],
    }))
    const book = new ServiceQuotaBook(() => client)
    expect(await book.quota(P3)).toMatchObject({ limit: 0 })
    expect(await book.quota({ ...P3, instanceType: "ml.none.large" })).toBeNull()
  })

  test("that may not be listed are denied, and asked for again", async () => {
    const { client, sent } = aClient<ServiceQuotasClient>(() => anAwsError("AccessDeniedException", 400))
    const book = new ServiceQuotaBook(() => client)
    await expect(book.quota(P3)).rejects.toMatchObject({ code: "denied", fields: { region: "us-west-2" } })
    await expect(book.quota(P3)).rejects.toMatchObject({ code: "denied" })
    expect(sent).toHaveLength(2)
  })
})

describe("prices", () => {
  const product = (usd: string) =>
    JSON.stringify({
      terms: { OnDemand: { a: { priceDimensions: { b: { unit: "Hrs", pricePerUnit: { USD: usd } } } } } },
    })

  test("are those of training alone, kept for a day and then asked for anew", async () => {
    const files = new MemoryFileSystem({})
    let now = 0
    const { client, sent } = aClient<PricingClient>(() => ({ PriceList: [product("28.1520000000")] }))
    const book = () => new PriceListBook(() => client, new PriceCache(files, "/state/prices.json", () => now))
    expect(await book().price(P3)).toBe(28.152)
    expect(sent[0]?.input["Filters"]).toEqual([
      { Type: "TERM_MATCH", Field: "regionCode", Value: "us-west-2" },
      { Type: "TERM_MATCH", Field: "instanceName", Value: "ml.p3.16xlarge" },
      { Type: "TERM_MATCH", Field: "component", Value: "Training" },
    ])
    expect(await book().price(P3)).toBe(28.152)
    expect(sent).toHaveLength(1)
    now = 86_400_000
    expect(await book().price(P3)).toBe(28.152)
    expect(sent).toHaveLength(2)
  })

  test("are read to the last page, past an empty one", async () => {
    const pages: unknown[] = [
      { PriceList: [], NextToken: "2" },
      { PriceList: [product("1.5")], NextToken: "3" },
      { PriceList: [product("1.5")] },
    ]
    const { client, sent } = aClient<PricingClient>(() => pages.shift())
    const cache = new PriceCache(new MemoryFileSystem({}), "/state/prices.json", () => 0)
    expect(await new PriceListBook(() => client, cache).price(P3)).toBe(1.5)
    expect(sent.map(({ input }) => input["NextToken"])).toEqual([undefined, "2", "3"])
  })

  test("that a damaged file holds are asked for", async () => {
    const files = new MemoryFileSystem({ "/state/prices.json": "{" })
    const { client } = aClient<PricingClient>(() => ({ PriceList: [] }))
    expect(await new PriceListBook(() => client, new PriceCache(files, "/state/prices.json", () => 0)).price(P3)).toBe(
      null,
    )
  })

  test("that differ, or are free, are none", () => {
    expect(onlyPrice([product("1.5"), product("1.50")])).toBe(1.5)
    expect(onlyPrice([product("1.5"), product("2")])).toBeNull()
    expect(onlyPrice([product("0.0000")])).toBeNull()
    expect(onlyPrice(["no JSON"])).toBeNull()
  })

  test.each([
    ["eu-west-1", "eu-central-1"],
    ["ap-northeast-1", "ap-south-1"],
    ["sa-east-1", "us-east-1"],
  ])("of %s are asked of %s", (region, asked) => {
    expect(priceRegion(region)).toBe(asked)
  })
})

describe("images", () => {
  const IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/team/trainer:1"

  test("have the digest that their tag names in their own region", async () => {
    const regions: string[] = []
    const { client, sent } = aClient<ECRClient>(() => ({ imageDetails: [{ imageDigest: "sha256:ab" }] }))
    const registry = new EcrImageRegistry((region) => {
      regions.push(region)
      return client
    })
    expect(await registry.digest(IMAGE)).toBe("sha256:ab")
    expect(regions).toEqual(["us-west-2"])
    expect(sent[0]?.input).toEqual({
      registryId: "123456789012",
      repositoryName: "team/trainer",
      imageIds: [{ imageTag: "1" }],
    })
  })

  test.each([
    ["ImageNotFoundException", null],
    ["RepositoryNotFoundException", null],
  ])("that %s names are missing", async (name, expected) => {
    const { client } = aClient<ECRClient>(() => anAwsError(name, 400))
    expect(await new EcrImageRegistry(() => client).digest(IMAGE)).toBe(expected)
  })

  test("of other registries cannot be asked for", () => {
    expect(() => ecrImage("docker.io/library/python:3")).toThrow("no registry of ECR")
    expect(ecrImage(`${IMAGE.replace(":1", "")}@sha256:${"0".repeat(64)}`)).toMatchObject({ tag: "latest" })
    expect(ecrImage("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/x:2")).toMatchObject({ region: "cn-north-1" })
  })
})

describe("roles", () => {
  const TRUST = JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: { Service: ["sagemaker.amazonaws.com"] }, Action: "sts:AssumeRole" }],
  })

  test("are trusted by their policy, which IAM gives encoded", async () => {
    const { client, sent } = aClient<IAMClient>(() => ({
      Role: { AssumeRolePolicyDocument: encodeURIComponent(TRUST) },
    }))
    const book = new IamRoleBook(client)
    expect(await book.trusts("arn:aws:iam::123456789012:role/service-role/training")).toBe(true)
    expect(sent[0]?.input).toEqual({ RoleName: "training" })
    const missing = aClient<IAMClient>(() => anAwsError("NoSuchEntityException", 404))
    expect(await new IamRoleBook(missing.client).trusts("arn:aws:iam::123456789012:role/none")).toBeNull()
  })

  test.each([
    [TRUST, true],
    [TRUST.replace("Allow", "Deny"), false],
    [TRUST.replace("sagemaker", "ec2"), false],
    ["", false],
  ])("%s", (policy, expected) => {
    expect(trustsService(policy)).toBe(expected)
  })

  test("are passed by the role behind a session", async () => {
    const { client, sent } = aClient<IAMClient>(() => ({ EvaluationResults: [{ EvalDecision: "implicitDeny" }] }))
    const caller = "arn:aws:sts::123456789012:assumed-role/admin/ada"
    expect(await new IamRoleBook(client).mayPass(caller, "arn:aws:iam::123456789012:role/x")).toBe(false)
    expect(sent[0]?.input).toMatchObject({
      PolicySourceArn: "arn:aws:iam::123456789012:role/admin",
      ActionNames: ["iam:PassRole"],
    })
    expect(() => policySource("arn:aws:iam::123456789012:root")).toThrow("cannot be tried")
    expect(roleName("arn:aws:iam::123456789012:role/a/b/c")).toBe("c")
  })
})
