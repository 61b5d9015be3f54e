/** Reflected polynomials: Castagnoli's, and the one of the NVM Express specification, in two halves. */
const CASTAGNOLI = 0x82f63b78
const NVME_HIGH = 0x9a6c9329
const NVME_LOW = 0xac4bc9b5

const table32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ CASTAGNOLI
  return sum
})

const high64 = new Uint32Array(256)
const low64 = new Uint32Array(256)
for (let byte = 0; byte < 256; byte += 1) {
  let [high, low] = [0, byte]
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (low & 1) === 1
    low = (low >>> 1) | ((high & 1) << 31)
    high >>>= 1
    if (isOdd) {
      high ^= NVME_HIGH
      low ^= NVME_LOW
    }
  }
  high64[byte] = high
  low64[byte] = low
}

/** CRC-32C; of `123456789` it is e3069283. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (let at = 0; at < bytes.length; at += 1) sum = (sum >>> 8) ^ (table32[(sum ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return (sum ^ 0xffffffff) >>> 0
}

/** CRC-64/NVME, most significant byte first; of `123456789` it is ae8b14860a799888. */
export function crc64Nvme(bytes: Uint8Array): Buffer {
  let high = -1
  let low = -1
  for (let at = 0; at < bytes.length; at += 1) {
    const entry = (low ^ (bytes[at] ?? 0)) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (low64[entry] ?? 0)
    high = (high >>> 8) ^ (high64[entry] ?? 0)
  }
  const sum = Buffer.alloc(8)
  sum.writeUInt32BE(~high >>> 0, 0)
  sum.writeUInt32BE(~low >>> 0, 4)
  return sum
}
