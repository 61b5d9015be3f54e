/**
 * Which points no other point beats: at least as small in every coordinate and smaller in one. Equal points are both on the
 * front; a point with a coordinate that is not finite is not on it. Two coordinates: n log n; more: n times the front.
 */
export function paretoFront(points: readonly (readonly number[])[]): readonly boolean[] {
  const isOnFront = points.map(() => false)
  // Whatever beats a point stands before it in this order, and so does a member of the front that beats it.
  const order = points.flatMap((point, at) => (point.every(Number.isFinite) ? [at] : []))
  order.sort((one, other) => compare(points[one] ?? [], points[other] ?? []))
  const front: (readonly number[])[] = []
  for (const at of order) {
    const point = points[at] ?? []
    // With two coordinates the second one falls along the front: only its last member can beat what follows.
    const rivals = point.length === 2 ? front.slice(-1) : front
    if (rivals.some((rival) => beats(rival, point))) continue
    front.push(point)
    isOnFront[at] = true
  }
  return isOnFront
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [at, value] of one.entries()) {
    const difference = value - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function beats(one: readonly number[], other: readonly number[]): boolean {
  let isSmaller = false
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? 0
    if (value > against) return false
    if (value < against) isSmaller = true
  }
  return isSmaller
}
