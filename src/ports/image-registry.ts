/** Registries of images, each in its own region. */
export interface ImageRegistry {
  /**
   * `sha256:…` of what the image's tag names now in the registry of its own URI; null: there is no such image. Repeatable. Errors:
   * `unsupported` (no registry that can be asked), `denied` (often so for images of other accounts), `unavailable`.
   */
  digest(image: string): Promise<string | null>
}
