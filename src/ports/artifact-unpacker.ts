export interface UnpackLimits {
  /** Bytes of all files together, unpacked. */
  readonly bytes: number
  readonly files: number
}

export interface Unpacked {
  readonly files: number
  readonly bytes: number
}

/** Unpacks the artifact of a training job (`model.tar.gz`), which somebody else's program wrote. */
export interface ArtifactUnpacker {
  /**
   * Unpacks into a folder that must be missing or empty: all of it or nothing. Errors: `conflict` (the folder has something
   * in it), `invalid` (no archive, cut short, or a path, link or device that would reach outside of the folder), `refused`
   * (beyond the limits), `unavailable` (disk full, …).
   */
  unpack(archive: AsyncIterable<Uint8Array>, folder: string, limits: UnpackLimits): Promise<Unpacked>
}
