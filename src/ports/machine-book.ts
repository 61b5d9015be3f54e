/** What can be asked of the machine that a command runs on. */
export interface MachineBook {
  /** Version of the Node that runs us, as `24.21.0`. */
  readonly node: string
  /** Whether files can be made in the folder, or the folder itself where it is missing. Never throws. */
  isWritable(folder: string): Promise<boolean>
}
