/** Images of one repository and tag, in several regions, of which not all are the same. */
export interface DifferingImages {
  readonly images: readonly string[]
  readonly message: string
}

const REGISTRY = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//

/** @param digests by image; images without a digest are missing and told as that. */
export function differingImages(digests: ReadonlyMap<string, string | null>): readonly DifferingImages[] {
  const known = [...digests].flatMap(([image, digest]) =>
    digest === null || image.includes("@sha256:") ? [] : [{ image, digest, name: image.replace(REGISTRY, "") }],
  )
  return [...Map.groupBy(known, ({ name }) => name)].flatMap(([name, all]) => {
    if (new Set(all.map(({ digest }) => digest)).size < 2) return []
    const where = all.map(({ image, digest }) => `${REGISTRY.exec(image)?.[1]} ${digest.slice(0, 19)}`).join(", ")
    const message = `${name} is not the same image in every region (${where}): push one to all, or name it by its digest`
    return [{ images: all.map(({ image }) => image), message }]
  })
}
