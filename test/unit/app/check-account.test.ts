import { describe, expect, test } from "vitest"
import { RegattaError } from "../../../src/core/errors.ts"
import { FakeAccount } from "../../fake-account.ts"
import { AWS_YAML, type Outcome, plan } from "../../plan-bed.ts"

const IMAGE = (region: string) => `123456789012.dkr.ecr.${region}.amazonaws.com/trainer:1`
const TWO = "region,s3_location\nus-east-1,s3://data-us-east-1/x/\neu-west-1,s3://data-eu-west-1/x/\n"

function planned(csv: string, account: FakeAccount, yaml = AWS_YAML): Promise<Outcome> {
  return plan(csv, { yaml, account })
}

function denied(message: string): RegattaError {
  return new RegattaError("denied", message)
}

describe("an account that has all that rows need", () => {
  test("is asked each question once, however many rows need it, and nothing is left unchecked but what nobody asks", async () => {
    const account = new FakeAccount()
    const rows = Array.from({ length: 50 }, (_, at) => `us-east-1,s3://data-us-east-1/${at % 2}/\n`).join("")
    const { plan: found, said } = await planned(`region,s3_location\n${rows}`, account)
    expect(said.filter((line) => !line.includes("warning") && !line.includes("like line"))).toEqual([])
    expect(account.asked.toSorted()).toEqual([
      "bucket data-us-east-1",
      "bucket sagemaker-us-east-1-123456789012",
      "caller",
      `image ${IMAGE("us-east-1")}`,
      "list s3://data-us-east-1/0/",
      "list s3://data-us-east-1/1/",
      "pass arn:aws:iam::123456789012:role/training by arn:aws:iam::123456789012:user/ada",
      "price us-east-1/ml.m5.large",
      "queue",
      "quota us-east-1/ml.m5.large",
      "region us-east-1",
      "role arn:aws:iam::123456789012:role/training",
    ])
    expect(found?.notChecked).toEqual([expect.stringContaining("that keys, subnets")])
  })

  test("gives the plan its prices, digests and quotas; prices of regatta.yaml win", async () => {
    const account = new FakeAccount()
    account.priceOf.set("us-east-1/ml.m5.large", 9).set("eu-west-1/ml.m5.large", 0.5)
    const { plan: found } = await planned(TWO, account, `${AWS_YAML}prices: {us-east-1: {ml.m5.large: 0.25}}\n`)
    expect(found?.prices).toEqual({ "us-east-1/ml.m5.large": 0.25, "eu-west-1/ml.m5.large": 0.5 })
    expect(found?.cost).toMatchObject({ highUsd: 18, unknownRows: 0 })
    expect(found?.images).toEqual([
      { image: IMAGE("eu-west-1"), digest: "sha256:same" },
      { image: IMAGE("us-east-1"), digest: "sha256:same" },
    ])
    expect(found?.regions.map(({ limits }) => limits)).toEqual([{ "ml.m5.large": 100 }, { "ml.m5.large": 100 }])
  })
})

describe("what is wrong in the account is an error or warning at its row:", () => {
  const cases: readonly (readonly [string, (account: FakeAccount) => void, string])[] = [
    ["a region that is not enabled", (a) => a.closedRegions.add("eu-west-1"), 'column "region": eu-west-1 refuses'],
    [
      "a quota below what one row needs",
      (a) =>
        a.quotaOf.set("eu-west-1/ml.m5.large", { name: "ml.m5.large for training job usage", code: "L-9", limit: 0 }),
      "(L-9) is 0: it can never be met; ask for more: aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-9 --desired-value 1 --region eu-west-1",
    ],
    [
      "a type that the region does not offer",
      (a) => a.quotaOf.set("eu-west-1/ml.m5.large", null),
      "eu-west-1 does not offer ml.m5.large",
    ],
    [
      "no role",
      (a) => Object.assign(a, { trustsRole: null }),
      "there is no role arn:aws:iam::123456789012:role/training",
    ],
    ["a role without trust", (a) => Object.assign(a, { trustsRole: false }), "its trust policy must allow it"],
    ["a role that the caller may not pass", (a) => Object.assign(a, { passesRole: false }), "allow iam:PassRole on it"],
    ["no bucket", (a) => a.regionOf.set("data-eu-west-1", null), "there is no bucket data-eu-west-1"],
    [
      "a bucket in another region",
      (a) => a.regionOf.set("data-eu-west-1", "us-east-1"),
      "the bucket data-eu-west-1 is in us-east-1, and the training job in eu-west-1",
    ],
    [
      "an output bucket in another region",
      (a) => a.regionOf.set("sagemaker-eu-west-1-123456789012", "us-west-2"),
      'column "output": the bucket sagemaker-eu-west-1-123456789012 is in us-west-2',
    ],
    ["no input", (a) => a.objectsAt.set("s3://data-eu-west-1/x/", 0), "nothing is at s3://data-eu-west-1/x/"],
    ["no image", (a) => a.digestOf.set(IMAGE("eu-west-1"), null), `there is no image ${IMAGE("eu-west-1")}`],
    [
      "a tag that names other images elsewhere",
      (a) => a.digestOf.set(IMAGE("eu-west-1"), "sha256:other"),
      "trainer:1 is not the same image in every region",
    ],
  ]
  test.each(cases)("%s", async (_, change, message) => {
    const account = new FakeAccount()
    change(account)
    const { said } = await planned(TWO, account)
    expect(said.join("\n")).toContain(message)
  })

  test("fewer objects than hosts, where they are dealt out", async () => {
    const account = new FakeAccount()
    account.objectsAt.set("s3://data-us-east-1/x/", 2)
    const csv =
      "region,s3_location,channel.train.distribution,instance_count\nus-east-1,s3://data-us-east-1/x/,ShardedByS3Key,4\n"
    const { plan: found } = await planned(csv, account)
    expect(found?.warnings.map(({ message }) => message).join()).toContain("2 of 4 hosts get one")
  })

  test("credentials of another account, and then nothing else is asked", async () => {
    const account = new FakeAccount()
    account.who = { account: "999999999999", name: "arn:aws:iam::999999999999:user/eve" }
    const { said } = await planned(TWO, account)
    expect(said).toEqual([
      'regatta.yaml line 2, key "account": the credentials belong to account 999999999999 (arn:aws:iam::999999999999:user/eve), got "123456789012"',
    ])
    expect(account.asked).toEqual(["caller"])
  })
})

describe("the job queue", () => {
  const wrong = { what: "job queue workers in us-east-1", isRight: false, detail: "is not there", mend: "make it" }

  test("is an error of the whole plan where it would start no job", async () => {
    const account = new FakeAccount()
    account.queue = [{ ...wrong, isRight: true, mend: null }, wrong]
    const { plan: found, said } = await planned(TWO, account)
    expect(found).toBeNull()
    expect(said).toEqual([expect.stringMatching(/key "batch": job queue workers in us-east-1: is not there; make it$/)])
  })

  test("is not looked at for a row that is carried here", async () => {
    const account = new FakeAccount()
    account.queue = [wrong]
    const { plan: found } = await plan(TWO, { yaml: AWS_YAML, account, request: { row: 0 } })
    expect(found?.size).toBe(1)
    expect(account.asked).not.toContain("queue")
  })
})

describe("a row whose own place can never take it", () => {
  const WITH_FALLBACK =
    "region,s3_location,instance_type,fallback\nus-east-1,s3://data-us-east-1/x/,ml.m5.large,us-east-1/ml.c5.xlarge\n"
  const none = { name: "q", code: "L-9", limit: 0 }

  test.each([
    ["no quota", none],
    ["not offered", null],
  ])("is a warning while a fallback may: %s", async (_, quota) => {
    const account = new FakeAccount()
    account.quotaOf.set("us-east-1/ml.m5.large", quota)
    const { plan: found } = await planned(WITH_FALLBACK, account)
    expect(found?.warnings.map(({ message }) => message).join()).toContain("the row can only train at a fallback")
  })

  test("is an error where no fallback can either", async () => {
    const account = new FakeAccount()
    account.quotaOf.set("us-east-1/ml.m5.large", none).set("us-east-1/ml.c5.xlarge", none)
    const { plan: found, said } = await planned(WITH_FALLBACK, account)
    expect(found).toBeNull()
    expect(said.join()).toContain("it can never be met")
  })
})

describe("a bucket that refuses the caller", () => {
  const ours = "sagemaker-us-east-1-123456789012"

  test("is not checked, for the reason", async () => {
    const account = new FakeAccount()
    account.regionOf.set(ours, new RegattaError("denied", "not yours", { fields: { bucketRegion: "us-east-1" } }))
    const { plan: found } = await planned(TWO, account)
    expect(found?.notChecked.join()).toContain("not yours")
  })

  test("is wrong where it is known to lie elsewhere", async () => {
    const account = new FakeAccount()
    account.regionOf.set(ours, new RegattaError("denied", "not yours", { fields: { bucketRegion: "us-west-2" } }))
    const { said } = await planned(TWO, account)
    expect(said.join()).toContain(`the bucket ${ours} is in us-west-2`)
  })
})

describe("what cannot be asked is not checked, with the reason:", () => {
  test("without credentials, everything", async () => {
    const account = new FakeAccount()
    account.who = denied("no credentials")
    const { plan: found } = await planned(TWO, account)
    expect(account.asked).toEqual(["caller"])
    expect(found?.notChecked).toHaveLength(8)
    expect(found?.notChecked.slice(0, -1).every((each) => each.includes("no credentials"))).toBe(true)
    expect(found?.notChecked[0]).toMatch(/needs calls to AWS: no credentials/)
    expect(found?.cost).toBeNull()
  })

  test("where one call is denied, that one, once for a region", async () => {
    const account = new FakeAccount()
    account.quotaOf.set("us-east-1/ml.m5.large", denied("cannot list quotas in us-east-1"))
    account.digestOf.set(IMAGE("us-east-1"), denied("cannot look for the image"))
    account.regionOf.set("data-us-east-1", denied("cannot look at data-us-east-1"))
    account.priceOf.set("us-east-1/ml.m5.large", denied("no prices"))
    const { plan: found } = await planned(TWO, account)
    expect(found?.notChecked).toEqual([
      "quotas of the account, and that the region offers the instance types: cannot list quotas in us-east-1",
      expect.stringMatching(/cannot look at data-us-east-1 \(and 1 more\)$/),
      expect.stringContaining("cannot look for the image"),
      "on-demand prices that prices in regatta.yaml do not name: no prices",
      expect.stringContaining("that keys, subnets"),
    ])
  })

  test("a queue that may not be looked at, or that none is named", async () => {
    const account = new FakeAccount()
    for (const refusal of [denied("cannot look at the queue"), new RegattaError("usage", "no job queue is named")]) {
      account.queue = refusal
      const { plan: found } = await planned(TWO, account)
      expect(found?.notChecked[0]).toBe(
        `that the job queues, their compute environments and the job definition are there and start jobs: ${refusal.message}`,
      )
    }
  })

  test("a type with a price and without a quota", async () => {
    const account = new FakeAccount()
    account.quotaOf.set("us-east-1/ml.m5.large", null)
    account.priceOf.set("us-east-1/ml.m5.large", 1)
    const { plan: found } = await planned(TWO, account)
    expect(found?.notChecked.join()).toContain("us-east-1 lists no quota of ml.m5.large, though it has a price there")
  })
})
