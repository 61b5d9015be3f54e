/** SHA-256 of bytes as they come. */
export interface Digest {
  update(bytes: Uint8Array | string): void
  /** Lower-case hexadecimal; asked once, and nothing follows. */
  hex(): string
}
