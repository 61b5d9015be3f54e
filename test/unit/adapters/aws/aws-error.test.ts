import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { BatchClient, DescribeJobsCommand } from "@aws-sdk/client-batch"
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
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
    ["RequestTimeout", 400, "unanswered"],
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

describe("a page of HTML in place of an answer", () => {
  const asked: readonly (readonly [string, (endpoint: string) => Promise<unknown>])[] = [
    ["S3", (endpoint) => new S3Client(options(endpoint)).send(new ListObjectsV2Command({ Bucket: "b" }))],
    ["Batch", (endpoint) => new BatchClient(options(endpoint)).send(new DescribeJobsCommand({ jobs: ["j"] }))],
    [
      "DynamoDB",
      (endpoint) => new DynamoDBClient(options(endpoint)).send(new DescribeTableCommand({ TableName: "t" })),
    ],
  ]

  test.each(asked)("of %s is told by its status and who gave it", async (_, ask) => {
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(503, { "content-type": "text/html" })
      response.end("<html><head><meta charset=utf-8></head><body><p>Service Unavailable<br></body></html>")
    })
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    try {
      const { port } = server.address() as AddressInfo
      const error = await ask(`http://127.0.0.1:${port}`).catch((each: unknown) => each)
      expect(awsFault(error)).toBe("unanswered")
      // Of S3 the body was read, and its connection is not told any more: what could not be done names the bucket.
      expect(awsMessage(error)).toMatch(/^HTTP 503 from (127\.0\.0\.1|the service), with a body that is not AWS's$/)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

function options(endpoint: string) {
  return {
    region: "us-east-1",
    endpoint,
    maxAttempts: 1,
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  }
}
