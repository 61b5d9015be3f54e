import { beforeEach, describe, expect, test } from "vitest"
import { RegattaError } from "../../src/core/errors.ts"
import { FakeAccount } from "../fake-account.ts"
import { HOME, TestBed } from "./test-bed.ts"

const AWS = `on: aws
home: us-east-1
account: "123456789012"
table: dynamodb:regatta
batch: {queue: workers, job_definition: worker, image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/regatta:1"}
defaults:
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  instance_type: ml.m5.large
  role: arn:aws:iam::123456789012:role/training
  max_runtime: 1h
`
const ROWS = "region,s3_location\nus-east-1,s3://data-us-east-1/x/\neu-west-1,s3://data-eu-west-1/x/\n"

interface Found {
  readonly checks: readonly {
    readonly name: string
    readonly state: string
    readonly detail: string
    readonly mend: string
  }[]
}

let bed: TestBed
let account: FakeAccount
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/regatta.yaml`]: AWS, [`${HOME}/rows.csv`]: ROWS })
  account = new FakeAccount()
  account.regionOf.set("regatta", "us-east-1")
  account.priceOf.set("us-east-1/ml.m5.large", 0.25).set("eu-west-1/ml.m5.large", 0.5)
  bed.account = account
})

async function looked(
  line = "doctor",
): Promise<{ readonly code: number; readonly wrong: readonly string[]; readonly all: Found["checks"] }> {
  const { code, json } = await bed.json(line)
  const { checks } = json as Found
  return { code, wrong: checks.filter(({ state }) => state === "wrong").map(({ name }) => name), all: checks }
}

describe("doctor on aws", () => {
  test("finds nothing wrong where all is there, and exits 0", async () => {
    account.queue = [{ what: "job queue workers", isRight: true, detail: "ENABLED, VALID", mend: null }]
    const { code, all } = await looked()
    expect(all.map(({ name, state }) => [name, state])).toEqual([
      ["credentials", "right"],
      ["clock", "right"],
      ["region us-east-1", "right"],
      ["central table", "right"],
      ["home bucket", "right"],
      ["job queue workers", "right"],
      ["worker image", "right"],
      ["role arn:aws:iam::123456789012:role/training", "right"],
      ["passing arn:aws:iam::123456789012:role/training", "right"],
    ])
    expect(code).toBe(0)
  })

  test("without credentials asks nothing else, and exits 4", async () => {
    account.who = new RegattaError("denied", "no credentials", { hint: "renew them" })
    const { code, wrong, all } = await looked()
    expect([code, wrong]).toEqual([4, ["credentials"]])
    expect(all[0]?.mend).toBe("renew them")
    expect(all.filter(({ state }) => state === "notChecked")).toHaveLength(8)
    expect(account.asked).toEqual(["caller"])
  })

  const cases: readonly (readonly [string, number, (a: FakeAccount) => unknown, RegExp])[] = [
    ["credentials", 4, (a) => Object.assign(a, { who: { account: "1", name: "eve" } }), /AWS_PROFILE/],
    ["clock", 2, (a) => Object.assign(a, { offset: 400_000 }), /set the clock/],
    ["region us-east-1", 4, (a) => a.closedRegions.add("us-east-1"), /enable-region --region-name us-east-1/],
    ["home bucket", 2, (a) => a.regionOf.set("regatta", null), /aws s3 mb s3:\/\/regatta --region us-east-1/],
    [
      "worker image",
      2,
      (a) => a.digestOf.set("123456789012.dkr.ecr.us-east-1.amazonaws.com/regatta:1", null),
      /push it/,
    ],
    ["role arn:aws:iam::123456789012:role/training", 4, (a) => Object.assign(a, { trustsRole: false }), /trust policy/],
    ["passing arn:aws:iam::123456789012:role/training", 4, (a) => Object.assign(a, { passesRole: false }), /PassRole/],
    [
      "job queue workers",
      2,
      (a) =>
        Object.assign(a, {
          queue: [{ what: "job queue workers", isRight: false, detail: "DISABLED", mend: "enable it" }],
        }),
      /enable it/,
    ],
  ]
  test.each(cases)("says how to mend %s, and exits %i", async (name, exit, change, mend) => {
    change(account)
    const { code, wrong, all } = await looked()
    expect([code, wrong]).toEqual([exit, [name]])
    expect(all.find((each) => each.name === name)?.mend).toMatch(mend)
  })

  test("exits 5 where something could not be looked at", async () => {
    account.queue = new RegattaError("denied", "may not describe queues")
    const { code, all } = await looked()
    expect(code).toBe(5)
    expect(all.find(({ name }) => name === "job queue")).toMatchObject({
      state: "notChecked",
      detail: "may not describe queues",
    })
  })

  test("makes no table where there is none, and says who will", async () => {
    bed.hasTable = false
    const { code, all } = await looked()
    expect(all.find(({ name }) => name === "central table")).toMatchObject({
      state: "right",
      detail: "none yet at dynamodb:regatta: it will be made by the first submission",
    })
    expect(code).toBe(0)
    expect(bed.opened).not.toContain("table")
  })

  test("looks at what a manifest's rows need", async () => {
    account.quotaOf.set("eu-west-1/ml.m5.large", { name: "q", code: "L-9", limit: 0 })
    const { wrong, all, code } = await looked("doctor rows.csv")
    expect([code, wrong]).toEqual([2, ["manifest"]])
    expect(all.at(-1)?.detail).toContain("it can never be met")
  })

  test("as a table shows states and, below it, what to do", async () => {
    account.offset = -400_000
    const { out } = await bed.call("doctor")
    expect(out).toMatch(/clock +wrong +this machine is 400s ahead of AWS/)
    expect(out).toContain("to mend\nclock: set the clock")
  })
})

describe("doctor on local", () => {
  beforeEach(() => {
    bed = new TestBed()
  })

  test("looks at Node, the state folder, the table and programs; a program that is missing is advice", async () => {
    bed.files.missingPrograms.add("mpirun")
    const { code, all } = await looked()
    expect(all.map(({ name, state }) => [name, state])).toEqual([
      ["node", "right"],
      ["state folder", "right"],
      ["central table", "right"],
      ["python3", "right"],
      ["mpirun", "advice"],
    ])
    expect(code).toBe(0)
    expect(bed.opened).not.toContain("table")
  })

  test("says what is not writable or too old", async () => {
    bed.machine = { node: "18.1.0", isWritable: async () => false }
    const { code, wrong } = await looked()
    expect([code, wrong]).toEqual([4, ["node", "state folder"]])
  })
})
