import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  COPY_LIMITS,
  type CopySource,
  partRange,
  partsInEtag,
  planCopy,
  wholeChecksum,
} from "../../../../src/adapters/object-store/s3/copy-plan.ts"
import { judgeCopy, type KnownObject } from "../../../../src/adapters/object-store/s3/copy-verdict.ts"
import { isRegattaError } from "../../../../src/core/errors.ts"

const MIB = 1024 ** 2
const GIB = 1024 ** 3

function anObject(difference: Partial<CopySource> = {}): CopySource {
  return { bytes: 10, checksum: null, partBytes: null, hasPlainEtag: true, ...difference }
}

describe("how an object is copied", () => {
  test.each<[string, Partial<CopySource>, object]>([
    ["a small one whole", {}, { kind: "whole" }],
    ["an empty one whole", { bytes: 0 }, { kind: "whole" }],
    ["one of 512 MiB whole", { bytes: 512 * MIB }, { kind: "whole" }],
    ["one of 5 GiB that is known by its ETag whole, which keeps the ETag", { bytes: 5 * GIB }, { kind: "whole" }],
    [
      "one with a CRC in parts from 512 MiB on",
      { bytes: 512 * MIB + 1, checksum: { algorithm: "CRC64NVME", value: "x" } },
      { kind: "parts", partBytes: 128 * MIB, count: 5, algorithm: "CRC64NVME" },
    ],
    [
      "a CRC of another kind stays of its kind",
      { bytes: 1 * GIB, checksum: { algorithm: "CRC32", value: "x" } },
      { kind: "parts", partBytes: 128 * MIB, count: 8, algorithm: "CRC32" },
    ],
    [
      "one with a SHA-256 whole, which no parts would have",
      { bytes: 5 * GIB, checksum: { algorithm: "SHA256", value: "x" } },
      { kind: "whole" },
    ],
    [
      "one over 5 GiB in parts",
      { bytes: 5 * GIB + 1 },
      { kind: "parts", partBytes: 128 * MIB, count: 41, algorithm: "CRC64NVME" },
    ],
    [
      "one in parts without a checksum of the whole in just its parts",
      { bytes: 100 * MIB, partBytes: 8 * MIB },
      { kind: "parts", partBytes: 8 * MIB, count: 13, algorithm: "CRC64NVME" },
    ],
    [
      "not in its parts where its ETag tells nothing",
      { bytes: 100 * MIB, partBytes: 8 * MIB, hasPlainEtag: false },
      { kind: "whole" },
    ],
    [
      "the largest that S3 keeps, in parts that are large enough",
      { bytes: 10_000 * 5 * GIB },
      { kind: "parts", partBytes: 5 * GIB, count: 10_000, algorithm: "CRC64NVME" },
    ],
  ])("%s", (_, source, plan) => {
    expect(planCopy(anObject(source), COPY_LIMITS)).toEqual(plan)
  })

  test("what 10,000 parts cannot hold is refused", () => {
    const plan = () => planCopy(anObject({ bytes: 10_000 * 5 * GIB + 1 }), COPY_LIMITS)
    expect(plan).toThrowError(expect.toSatisfy((error) => isRegattaError(error, "unsupported")))
  })

  test("parts are within S3's limits and cover every byte once, whatever the size", () => {
    const size = fc
      .double({ min: 0, max: Math.log2(10_000 * 5 * GIB), noNaN: true })
      .map((bits) => Math.floor(2 ** bits))
    fc.assert(
      fc.property(size, fc.boolean(), (bytes, hasCrc) => {
        const plan = planCopy(
          anObject({ bytes, checksum: hasCrc ? { algorithm: "CRC64NVME", value: "x" } : null }),
          COPY_LIMITS,
        )
        if (plan.kind === "whole") {
          expect(bytes).toBeLessThanOrEqual(5 * GIB)
          return
        }
        expect(plan.count).toBeLessThanOrEqual(10_000)
        expect(partRange(bytes, plan.partBytes, 1)[0]).toBe(0)
        for (const part of [1, 2, plan.count - 1, plan.count].filter((each) => each <= plan.count)) {
          const [from, to] = partRange(bytes, plan.partBytes, part)
          expect(to - from).toBeGreaterThan(0)
          expect(to - from).toBeLessThanOrEqual(5 * GIB)
          if (part < plan.count) expect(to - from).toBeGreaterThanOrEqual(5 * MIB)
          if (part > 1) expect(partRange(bytes, plan.partBytes, part - 1)[1]).toBe(from)
        }
        expect(partRange(bytes, plan.partBytes, plan.count)[1]).toBe(bytes)
      }),
    )
  })
})

describe("what an answer tells", () => {
  test("a checksum of the whole, but not one of its parts' sums", () => {
    expect(wholeChecksum({ ChecksumCRC64NVME: "abc=" })).toEqual({ algorithm: "CRC64NVME", value: "abc=" })
    expect(wholeChecksum({ ChecksumSHA256: "abc=-3" })).toBeNull()
    expect(wholeChecksum({})).toBeNull()
  })

  test.each([
    ['"0123456789abcdef0123456789abcdef-12"', 12],
    ['"0123456789abcdef0123456789abcdef"', null],
    ["something else", null],
  ])("the number of parts in %s", (etag, count) => {
    expect(partsInEtag(etag)).toBe(count)
  })
})

describe("whether it is a copy", () => {
  const [ONE, OTHER] = [`"${"a".repeat(32)}"`, `"${"b".repeat(32)}"`]
  const crc = (value: string) => ({ algorithm: "CRC64NVME", value }) as const
  const known = (difference: Partial<KnownObject> = {}): KnownObject => ({ ...anObject(), etag: ONE, ...difference })

  test.each<[string, Partial<KnownObject>, Partial<KnownObject>, string]>([
    ["another size", {}, { bytes: 11 }, "differs"],
    ["equal checksums, whatever the ETags", { checksum: crc("x") }, { checksum: crc("x"), etag: OTHER }, "checksum"],
    ["other checksums, whatever the ETags", { checksum: crc("x") }, { checksum: crc("y") }, "differs"],
    ["equal ETags", {}, {}, "etag"],
    ["other ETags of the same form", {}, { etag: OTHER }, "differs"],
    ["ETags under keys of KMS", {}, { etag: OTHER, hasPlainEtag: false }, "size"],
    ["ETags of other forms", {}, { etag: `"${"a".repeat(32)}-2"`, partBytes: 8 }, "size"],
    [
      "other ETags of the same parts",
      { etag: `"${"a".repeat(32)}-2"`, partBytes: 8 },
      { etag: `"${"b".repeat(32)}-2"`, partBytes: 8 },
      "differs",
    ],
  ])("%s", (_, source, copy, verdict) => {
    expect(judgeCopy(known(source), known(copy))).toBe(verdict)
  })
})
