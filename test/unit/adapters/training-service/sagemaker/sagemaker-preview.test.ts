import { describe, expect, test } from "vitest"
import { SageMakerPreview } from "../../../../../src/adapters/training-service/sagemaker/sagemaker-preview.ts"
import { isRegattaError } from "../../../../../src/core/errors.ts"
import { anAttempt, aPlace, aRun, aSpec } from "../../../../builders.ts"
import { readSourceFiles } from "../../../../source-files.ts"

const FOLDER = "adapters/training-service/sagemaker/"

function home(codeLocation: string | null, account: string | null = "123456789012"): string {
  return new SageMakerPreview({ account, prefix: "rg", codeLocation }).home("eu-west-1")
}

describe("where code is stored", () => {
  test.each([
    [null, "s3://sagemaker-eu-west-1-123456789012/rg/"],
    ["s3://code-{region}/team/", "s3://code-eu-west-1/team/"],
    ["s3://code-{account}-{region}", "s3://code-123456789012-eu-west-1/"],
    ["s3://one-bucket/x", "s3://one-bucket/x/"],
  ])("as %j is %s", (location, expected) => {
    expect(home(location)).toBe(expected)
  })

  test("needs the account only where it is named", () => {
    expect(home("s3://code-{region}/", null)).toBe("s3://code-eu-west-1/")
    try {
      home(null, null)
      expect.unreachable()
    } catch (error) {
      expect(isRegattaError(error, "invalid") && error.hint).toContain("set account in regatta.yaml, or storage.code")
    }
  })
})

describe("a prepared request", () => {
  const preview = new SageMakerPreview({ account: null, prefix: "rg", codeLocation: null })
  const spec = aSpec({ role: "arn:aws:iam::123456789012:role/training" })

  test("names service and operation, and is the same every time", () => {
    const prepared = preview.prepare(aRun(), spec, anAttempt())
    expect(prepared).toMatchObject({ service: "sagemaker", operation: "CreateTrainingJob" })
    expect(preview.prepare(aRun(), spec, anAttempt())).toEqual(prepared)
  })

  test("is plain data: it is the same after a way through JSON", () => {
    const { request } = preview.prepare(aRun(), spec, anAttempt())
    expect(JSON.parse(JSON.stringify(request))).toEqual(request)
  })
})

describe("what is refused of a row", () => {
  const preview = new SageMakerPreview({ account: null, prefix: "rg", codeLocation: null })
  const lda = { kind: "algorithm", name: "lda", version: null } as const

  test("is an image that is not known, at the column that chooses it", () => {
    const places = [aPlace({ region: "us-east-1" }), aPlace({ region: "eu-west-3" })] as const
    expect(preview.refusals(aSpec({ trains: lda, places }))).toEqual([
      { column: "algorithm", message: expect.stringContaining("no image lda of AWS is known in eu-west-3") },
    ])
  })

  test("is a framework without python, and not one with an image", () => {
    const framework = { kind: "framework", name: "pytorch", version: "2.3", python: null, image: null } as const
    expect(preview.refusals(aSpec({ trains: framework }))).toEqual([
      { column: "framework", message: 'framework "pytorch:2.3" needs python, e.g. py311' },
    ])
    expect(preview.refusals(aSpec({ trains: { ...framework, image: "x:1" } }))).toEqual([])
  })

  test("is nothing where every place has its image", () => {
    expect(preview.refusals(aSpec({ trains: lda, places: [aPlace({ region: "us-east-1" })] }))).toEqual([])
    expect(preview.refusals(aSpec())).toEqual([])
  })
})

test("nothing of the builders can send: the SDK is read for its types, and Node not at all", () => {
  const files = new Map(readSourceFiles().map((file) => [file.path, file]))
  const reached = new Set([`${FOLDER}sagemaker-preview.ts`])
  for (const path of reached) for (const { to, isType } of files.get(path)?.imports ?? []) if (!isType) reached.add(to)
  expect(reached.size).toBeGreaterThan(5)
  const allowed = ["core/", FOLDER, "adapters/aws/default-bucket.ts"]
  expect([...reached].filter((to) => !allowed.some((start) => to.startsWith(start)))).toEqual([])
})
