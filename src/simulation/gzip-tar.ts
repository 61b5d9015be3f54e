import { gzipSync } from "node:zlib"

const BLOCK = 512

/** A gzipped tar of small files, as a training job's model.tar.gz; the same files give the same bytes. Names of at most 100 bytes. */
export function gzipTar(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content)
    const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)
    return [header(name, bytes.length), bytes, padding]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]))
}

/** POSIX ustar: fields at fixed places, numbers in octal, and the sum of all bytes with the sum's own field as spaces. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100)
  block.write("0000644\0", 100)
  block.write("0000000\0", 108)
  block.write("0000000\0", 116)
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124)
  block.write("00000000000\0", 136)
  block.write("        ", 148)
  block.write("0", 156)
  block.write("ustar\u000000", 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return block
}
