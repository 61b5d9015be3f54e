/** Where the code of a row lies on this machine: what is packed. Paths are absolute; all exist when `plan` gives them. */
export interface CodeSource {
  /** Its contents become the archive's root; null: only `entry` is packed, under its base name. */
  readonly folder: string | null
  /** The entry script. */
  readonly entry: string
  /** Files or folders, packed under their base names beside it. */
  readonly dependencies: readonly string[]
}
