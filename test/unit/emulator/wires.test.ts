import { describe, expect, test } from "vitest"
import type { WireRequest } from "../../../src/emulator/exchange.ts"
import { decodeBody } from "../../../src/emulator/s3/chunked-body.ts"
import { s3Wire } from "../../../src/emulator/s3/s3-wire.ts"
import { signatureScope } from "../../../src/emulator/signature-scope.ts"
import { queryWire } from "../../../src/emulator/wire/query-wire.ts"
import { document, parseXml } from "../../../src/emulator/wire/xml.ts"

function aRequest(more: Partial<WireRequest> = {}): WireRequest {
  return { method: "GET", path: "/", query: new URLSearchParams(), headers: {}, body: new Uint8Array(), ...more }
}

describe("XML", () => {
  test("escapes texts, repeats lists and leaves out what is not there", () => {
    expect(document("A", { B: ["<&>", 2], C: undefined, D: { E: true } }, "x")).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="x"><B>&lt;&amp;&gt;</B><B>2</B><D><E>true</E></D></A>',
    )
  })

  test("is read with every member as a list", () => {
    const text = '<?xml version="1.0"?><!-- x --><D xmlns="y"><O><Key>a&amp;b &#233;</Key></O>\n<O><Key/></O></D>'
    expect(parseXml(text)).toEqual({ O: [{ Key: ["a&b é"] }, { Key: [null] }] })
  })

  test.each(["<a><b></a>", "<a>", "</a>", "<a>&unknown;</a>"])("refuses %j", (text) => {
    expect(() => parseXml(text)).toThrow(/well-formed/)
  })
})

describe("the region of a request", () => {
  test("stands in the scope of its signature, in the header or in the URL", () => {
    const scope = { accessKey: "key", region: "eu-west-1", service: "s3" }
    const authorization = "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host"
    expect(signatureScope(aRequest({ headers: { authorization } }))).toEqual(scope)
    const query = new URLSearchParams({ "X-Amz-Credential": "key/20260101/eu-west-1/s3/aws4_request" })
    expect(signatureScope(aRequest({ query }))).toEqual(scope)
    expect(signatureScope(aRequest({ headers: { authorization: "Bearer x" } }))).toBeNull()
  })
})

describe("a body in chunks", () => {
  const chunked = (body: string, headers: object = {}) =>
    aRequest({
      headers: { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ...headers },
      body: Buffer.from(body),
    })

  test("is taken out of them, with what stands behind", () => {
    const { bytes, trailers } = decodeBody(
      chunked("5\r\nhello\r\n3;chunk-signature=00\r\n wo\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
    )
    expect([Buffer.from(bytes).toString(), trailers]).toEqual(["hello wo", { "x-amz-checksum-crc32": "AAAAAA==" }])
  })

  test.each(["5\r\nhel", "x\r\n", ""])("that is cut short is refused: %j", (body) => {
    expect(() => decodeBody(chunked(body))).toThrow(/number of bytes/)
  })

  test("of another length than it says is refused", () => {
    expect(() => decodeBody(chunked("1\r\na\r\n0\r\n\r\n", { "x-amz-decoded-content-length": "2" }))).toThrow(
      /number of bytes/,
    )
  })
})

describe("S3's requests", () => {
  test.each<[string, string, string, object, string]>([
    ["GET", "/", "", {}, "ListBuckets"],
    ["PUT", "/b", "", {}, "CreateBucket"],
    ["HEAD", "/b/", "", {}, "HeadBucket"],
    ["GET", "/b", "list-type=2&prefix=x", {}, "ListObjectsV2"],
    ["GET", "/b", "location", {}, "GetBucketLocation"],
    ["POST", "/b", "delete", { body: Buffer.from("<Delete/>") }, "DeleteObjects"],
    ["GET", "/b/k", "x-id=GetObject", {}, "GetObject"],
    ["GET", "/b/k/", "X-Amz-Credential=x&versionId=3", {}, "GetObject"],
    ["PUT", "/b/k", "", { headers: { "x-amz-copy-source": "b/o" } }, "CopyObject"],
    ["PUT", "/b/k", "partNumber=1&uploadId=u", {}, "UploadPart"],
    ["POST", "/b/k", "uploads", {}, "CreateMultipartUpload"],
    ["POST", "/b/k", "uploadId=u", {}, "CompleteMultipartUpload"],
    ["DELETE", "/b/k", "uploadId=u", {}, "AbortMultipartUpload"],
  ])("%s %s?%s", (method, path, query, more, operation) => {
    expect(s3Wire.read(aRequest({ method, path, query: new URLSearchParams(query), ...more })).operation).toBe(
      operation,
    )
  })

  test("for what is not modelled are refused by name", () => {
    const read = () => s3Wire.read(aRequest({ path: "/b/k", query: new URLSearchParams("tagging") }))
    expect(read).toThrow("S3 is modelled without GET object ?tagging")
  })

  test("may name the bucket in the host", () => {
    const { input } = s3Wire.read(aRequest({ path: "/a%20b", headers: { host: "bucket.localhost:80" } }))
    expect(input).toMatchObject({ Bucket: "bucket", Key: "a b" })
  })
})

describe("the Query protocol", () => {
  const wire = queryWire("urn:x")

  test("reads lists and members out of a form", () => {
    const form = "Action=Do&Version=1&A=1&B.member.1.C=x&B.member.2.C=y&D.E=z"
    expect(wire.read(aRequest({ method: "POST", body: Buffer.from(form) }))).toEqual({
      operation: "Do",
      input: { A: "1", B: [{ C: "x" }, { C: "y" }], D: { E: "z" } },
    })
  })

  test("writes lists as members and times as ISO 8601", () => {
    const { body } = wire.write({ ok: true, output: { L: ["a"], CreateDate: 0 } }, { operation: "Do", input: {} }, "id")
    expect(body).toContain(
      "<DoResult><L><member>a</member></L><CreateDate>1970-01-01T00:00:00.000Z</CreateDate></DoResult>",
    )
  })
})
