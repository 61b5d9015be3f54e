import type { Instance } from "./instance.ts"

/** Numbers of classes that no data set connects, each part ascending: where hours do not count, parts do not know of each other. */
export function partsOf({ classes }: Instance): readonly (readonly number[])[] {
  const parts = new Map<number, number>()
  const root = (at: number): number => {
    const above = parts.get(at) ?? at
    if (above === at) return at
    const top = root(above)
    parts.set(at, top)
    return top
  }
  const readerOf = new Map<number, number>()
  for (const [at, { data }] of classes.entries()) {
    parts.set(at, at)
    for (const set of data) {
      const other = readerOf.get(set)
      if (other === undefined) readerOf.set(set, at)
      else parts.set(root(at), root(other))
    }
  }
  return [...Map.groupBy(classes.keys(), (at) => root(at)).values()]
}

/** The problem of some classes alone. */
export function partOf(instance: Instance, part: readonly number[]): Instance {
  return { ...instance, classes: part.flatMap((at) => instance.classes[at] ?? []) }
}
