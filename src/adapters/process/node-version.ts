/** Version of the Node that runs this process. */
export function nodeVersion(): string {
  return process.versions.node
}
