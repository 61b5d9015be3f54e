/** The known name that a person most likely meant; null: none is near (at most a third of its letters differ, and never more than three). */
export function nearestName(given: string, known: Iterable<string>): string | null {
  const wanted = given.toLowerCase()
  let nearest: string | null = null
  let least = Math.min(3, Math.max(1, Math.floor(given.length / 3))) + 1
  for (const name of known) {
    const distance = name.toLowerCase() === wanted ? 0 : editDistance(wanted, name.toLowerCase(), least)
    if (distance < least) {
      least = distance
      nearest = name
    }
  }
  return nearest
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const nearest = nearestName(given, known)
  return nearest === null ? "" : ` (did you mean "${nearest}"?)`
}

/** Letters to insert, remove, replace or swap with their neighbour; `limit` where it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: readonly number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = above
    above = row
  }
  return Math.min(above[b.length] ?? limit, limit)
}
