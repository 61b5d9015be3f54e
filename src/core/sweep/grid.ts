import { isThere, typesOf } from "./conditions.ts"
import { type Cell, levelAt, levelCount } from "./parameter.ts"
import type { Point, Space } from "./space.ts"

/** Every combination of levels once, the first parameter slowest; one that is not there takes no part. */
export function* gridPoints(space: Space): Generator<Point> {
  const types = typesOf(space)
  const point = new Map<string, Cell>()
  yield* below(0)

  function* below(depth: number): Generator<Point> {
    const parameter = space.ordered[depth]
    if (parameter === undefined) {
      yield new Map(point)
      return
    }
    if (!isThere(parameter, point, types)) {
      yield* below(depth + 1)
      return
    }
    const levels = levelCount(parameter.domain) ?? 0
    for (let at = 0; at < levels; at += 1) {
      point.set(parameter.name, levelAt(parameter.domain, at))
      yield* below(depth + 1)
    }
    point.delete(parameter.name)
  }
}

/** Product of all levels, as if every condition held. */
export function gridSize({ parameters }: Pick<Space, "parameters">): number {
  return parameters.reduce((product, { domain }) => product * (levelCount(domain) ?? 1), 1)
}
