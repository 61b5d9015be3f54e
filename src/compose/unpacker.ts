import type { ArtifactUnpacker } from "../ports/artifact-unpacker.ts"

export async function tarUnpacker(): Promise<ArtifactUnpacker> {
  const { TarUnpacker } = await import("../adapters/artifact-unpacker/tar/tar-unpacker.ts")
  return new TarUnpacker()
}
