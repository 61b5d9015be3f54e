/** `3, 5-7` of indexes in ascending order; after `most` pieces the rest is only counted. */
export function formatRanges(indexes: readonly number[], most = 8): string {
  const pieces: { from: number; to: number }[] = []
  for (const index of indexes) {
    const last = pieces.at(-1)
    if (last !== undefined && last.to + 1 === index) last.to = index
    else pieces.push({ from: index, to: index })
  }
  const shown = pieces.slice(0, most).map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`))
  const rest = pieces.slice(most).reduce((sum, { from, to }) => sum + to - from + 1, 0)
  return rest === 0 ? shown.join(", ") : `${shown.join(", ")} and ${rest} more`
}
