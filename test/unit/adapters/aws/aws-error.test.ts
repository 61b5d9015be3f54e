import { describe, expect, test } from "vitest"
import { type AwsFault, awsError, awsFault, awsMessage } from "../../../../src/adapters/aws/aws-error.ts"

function anError(name: string, status: number | null = null, message = "said so"): Error {
  const error = Object.assign(new Error(message), status === null ? {} : { $metadata: { httpStatusCode: status } })
  error.name = name
  return error
}

describe("what became of a call", () => {
  const cases: readonly (readonly [string, number | null, AwsFault])[] = [
    ["ThrottlingException", 400, "throttled"],
    ["TooManyRequestsException", 429, "throttled"],
    ["SlowDown", 503, "throttled"],
    ["ProvisionedThroughputExceededException", 400, "throttled"],
    ["ExpiredTokenException", 400, "expired"],
    ["ExpiredToken", 400, "expired"],
    ["CredentialsProviderError", null, "expired"],
    ["AccessDeniedException", 400, "denied"],
    ["UnrecognizedClientException", 400, "denied"],
    ["InvalidSignatureException", 403, "denied"],
    ["ResourceNotFound", 400, "notFound"],
    ["NoSuchKey", 404, "notFound"],
    ["ResourceInUse", 400, "exists"],
    ["ResourceLimitExceeded", 400, "limit"],
    ["ConditionalCheckFailedException", 400, "conflict"],
    ["PreconditionFailed", 412, "conflict"],
    ["ValidationException", 400, "invalid"],
    ["ClientException", 400, "invalid"],
    ["ServerException", 500, "unanswered"],
    ["InternalFailure", 500, "unanswered"],
    ["ServiceUnavailable", 503, "unanswered"],
    ["TimeoutError", null, "unanswered"],
    ["AbortError", null, "unanswered"],
    ["SomethingNew", 403, "denied"],
    ["SomethingNew", 418, "unanswered"],
  ]
  test.each(cases)("%s with status %s is %s", (name, status, fault) => {
    expect(awsFault(anError(name, status))).toBe(fault)
  })

  test("a broken connection is unanswered", () => {
    expect(awsFault(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }))).toBe("unanswered")
  })
})

describe("what is shown", () => {
  test("a refused signature does not bring the token along", () => {
    const text = `The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/
x-amz-security-token:FwoGZXIvYXdzEXAMPLE'`
    expect(awsMessage(anError("InvalidSignatureException", 403, text))).not.toContain("FwoGZX")
  })

  test("an answer that has only a status is told by it", () => {
    expect(awsMessage(anError("Unknown", 403, "UnknownError"))).toBe("HTTP 403 without a word of why")
    expect(awsMessage(anError("403", 403, ""))).toBe("HTTP 403 without a word of why")
  })

  test("a signed URL and an access key are masked", () => {
    const text =
      "GET https://b.s3/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature=abcd&a=1 by ASIAIOSFODNN7EXAMPLE"
    const shown = awsMessage(anError("AccessDenied", 403, text))
    expect(shown).not.toMatch(/AKIA|ASIA|abcd/)
    expect(shown).toContain("&a=1")
  })

  test("an error of ours names what could not be done, and its region", () => {
    const error = awsError(anError("ExpiredTokenException", 400, "it expired"), "read s3://b/k", {
      region: "eu-west-1",
    })
    expect(error).toMatchObject({ code: "denied", fields: { region: "eu-west-1" } })
    expect(error.message).toBe("cannot read s3://b/k: ExpiredTokenException: it expired")
    expect(error.hint).toContain("expired")
  })
})
