import { describe, expect, test } from "vitest"
import { buildRequest } from "../../../../src/adapters/training-service/sagemaker/build-request.ts"
import { serializeSpec } from "../../../../src/core/job/serialize-spec.ts"
import { specAt } from "../../../../src/core/job/spec-at.ts"
import { anAttempt, aPlace, aRun } from "../../../builders.ts"
import { AWS_YAML, onlyRow, plan } from "../../../plan-bed.ts"

const YAML = `${AWS_YAML}  output: s3://out-{region}/
  kms_key: alias/training
  hp.where: "{region}"
  env.HOME_REGION: "{region}"
  checkpoint: s3://out-{region}/ck/{row}/
regions:
  us-west-2:
    role: arn:aws:iam::123456789012:role/west
    vpc.subnets: subnet-0west
    vpc.security_groups: sg-0west
`
const HEADER = "region,s3_location,fallback"
const CSV = `${HEADER}\nus-east-1,s3://data-{region}/x/,us-west-2/*; */ml.m5.xlarge\n`

describe("a fallback in another region", () => {
  test("has that region's settings and placeholders, and nothing else is repeated", async () => {
    const spec = await onlyRow(CSV, { yaml: YAML })
    expect(spec.places.map(({ region, instanceType }) => [region, instanceType])).toEqual([
      ["us-east-1", "ml.m5.large"],
      ["us-west-2", "ml.m5.large"],
      ["us-east-1", "ml.m5.xlarge"],
    ])
    expect(spec.elsewhere).toEqual({
      "us-west-2": {
        trains: { kind: "image", image: "123456789012.dkr.ecr.us-west-2.amazonaws.com/trainer:1" },
        hyperparameters: { where: "us-west-2" },
        environment: { HOME_REGION: "us-west-2" },
        channels: [expect.objectContaining({ name: "train", uri: "s3://data-us-west-2/x/" })],
        checkpoint: { uri: "s3://out-us-west-2/ck/0/", shared: false },
        role: "arn:aws:iam::123456789012:role/west",
        output: "s3://out-us-west-2/",
        vpc: { subnets: ["subnet-0west"], securityGroups: ["sg-0west"] },
      },
    })
  })

  test("is what the request of an attempt there is made of", async () => {
    const spec = await onlyRow(CSV, { yaml: YAML })
    const attempt = anAttempt({ number: 2, held: { place: aPlace({ ...spec.places[1] }), usd: null } })
    const request = buildRequest(aRun({ on: "aws" }), spec, attempt)
    expect(request.RoleArn).toBe("arn:aws:iam::123456789012:role/west")
    expect(request.OutputDataConfig?.S3OutputPath).toBe("s3://out-us-west-2/")
    expect(request.InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri).toBe("s3://data-us-west-2/x/")
    expect(JSON.stringify(request)).not.toContain("us-east-1")
  })

  test("leaves the pinned line of a row without one as it was", async () => {
    const spec = await onlyRow("region,s3_location\nus-east-1,s3://data/x/\n", { yaml: YAML })
    expect(serializeSpec(spec)).not.toContain("elsewhere")
    expect(specAt(spec, "us-east-1")).toBe(spec)
  })

  test("gives equal pinned lines whatever the order of the columns", async () => {
    const cells = "hp.a,hp.b\nus-east-1,s3://data-{region}/x/,us-west-2/*"
    const one = await plan(`${HEADER},${cells},{region},2\n`, { yaml: YAML })
    const other = await plan(`${HEADER},hp.b,hp.a\nus-east-1,s3://data-{region}/x/,us-west-2/*,2,{region}\n`, {
      yaml: YAML,
    })
    expect(one.plan?.rowsSha256).toBe(other.plan?.rowsSha256)
  })

  test("takes an image of the row's own registry from the other region's", async () => {
    const yaml = YAML.replace("dkr.ecr.{region}", "dkr.ecr.us-east-1")
    const spec = await onlyRow(CSV, { yaml })
    expect(specAt(spec, "us-west-2").trains).toEqual({
      kind: "image",
      image: "123456789012.dkr.ecr.us-west-2.amazonaws.com/trainer:1",
    })
  })

  test.each([
    ["s3://data/x/", "", "the bucket of s3://data/x/ is in one region"],
    ["s3://data-{region}/", "  output: s3://out/\n", "the bucket of s3://out/ is in one region"],
    ["s3://data-{region}/", "  checkpoint: s3://ckp/{row}/\n", "the bucket of s3://ckp/0/ is in one region"],
    [
      "s3://data-{region}/",
      "  vpc.subnets: subnet-0a\n  vpc.security_groups: sg-0a\n",
      "the subnet subnet-0a is in one region",
    ],
    [
      "s3://data-{region}/",
      "  kms_key: arn:aws:kms:us-east-1:123456789012:key/1\n",
      "in us-west-2, kms_key: this key is in us-east-1",
    ],
    [
      "s3://data-{region}/",
      "  kms_key: 12345678-1234-1234-1234-123456789012\n",
      "the key 12345678-1234-1234-1234-123456789012 is in one region",
    ],
  ])("that cannot work is refused: %s %s", async (location, more, message) => {
    const yaml = `${AWS_YAML}${more}`
    const { said } = await plan(`${HEADER}\nus-east-1,${location},us-west-2/*\n`, { yaml })
    expect(said.join("\n")).toContain(message)
    expect(said.join("\n")).toContain('column "fallback"')
  })

  test("is refused in another partition", async () => {
    const { said } = await plan(`${HEADER}\nus-east-1,s3://data-{region}/,cn-north-1/*\n`)
    expect(said.join("\n")).toContain("cn-north-1 is in partition aws-cn: credentials do not cross partitions")
  })
})

describe("residency", () => {
  const HEAD = "region,s3_location,fallback,residency"
  const findings = async (row: string) => (await plan(`${HEAD}\n${row}\n`)).said

  test.each([
    "eu-west-1,s3://data-{region}/x/,eu-central-1/*,eu-*",
    "eu-west-1,s3://data-{region}/x/,eu-central-1/*; */ml.m5.xlarge,eu-west-1; eu-central-1",
    "us-gov-west-1,s3://data-{region}/x/,,us-gov-*",
  ])("lets a row stay where it may be: %s", async (row) => {
    expect((await findings(row)).filter((each) => each.includes('"residency"'))).toEqual([])
  })

  test("refuses a fallback outside, once", async () => {
    const said = await findings("eu-west-1,s3://data-{region}/x/,us-east-1/*; us-east-1/ml.m5.xlarge,eu-*")
    expect(said.filter((each) => each.includes("us-east-1 is outside: this row stays in eu-*"))).toHaveLength(1)
  })

  test("refuses the row's own region outside, and names of no region", async () => {
    expect((await findings("us-east-1,s3://data-{region}/x/,,eu-*")).join()).toContain("us-east-1 is outside")
    expect((await findings("eu-west-1,s3://data-{region}/x/,,eu-west-1; eu-wset-1")).join()).toContain("eu-wset-1")
    expect((await findings("eu-west-1,s3://data-{region}/x/,,eu-west-1; xx-*")).join()).toContain("no region begins so")
  })
})
