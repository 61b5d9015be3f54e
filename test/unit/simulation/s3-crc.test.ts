import { expect, test } from "vitest"
import { crc32c, crc64Nvme } from "../../../src/simulation/s3/crc.ts"

// The check values that catalogues of CRC algorithms give of `123456789`.
test("checksums have their published check values", () => {
  expect(crc32c(Buffer.from("123456789")).toString(16)).toBe("e3069283")
  expect(crc64Nvme(Buffer.from("123456789")).toString("hex")).toBe("ae8b14860a799888")
  expect(crc64Nvme(new Uint8Array()).toString("hex")).toBe("0000000000000000")
})
