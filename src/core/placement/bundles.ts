import type { Instance } from "./instance.ts"

/** Classes that read the very same data, and so share every copy. */
export interface Bundle {
  /** Numbers of classes, ascending. */
  readonly classes: readonly number[]
  /** Regions that any of them may train in, home first, then by name. */
  readonly regions: readonly string[]
}

/** Bundles in the order of their first classes. Classes without a choice to make are in none. */
export function bundlesOf({ classes }: Instance): readonly Bundle[] {
  const groups = new Map<string, number[]>()
  for (const [at, { choices, data }] of classes.entries()) {
    if (choices.length < 2) continue
    const key = data.length === 0 ? `alone ${at}` : data.join(" ")
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [at])
    else group.push(at)
  }
  return [...groups.values()].map((members) => {
    const choices = members.flatMap((at) => classes[at]?.choices ?? [])
    const homes = new Set(choices.filter(({ isHome }) => isHome).map(({ region }) => region))
    const others = new Set(choices.map(({ region }) => region))
    return {
      classes: members,
      regions: [...homes.union(others)].toSorted((a, b) => rank(a, homes) - rank(b, homes) || (a < b ? -1 : 1)),
    }
  })
}

function rank(region: string, homes: ReadonlySet<string>): number {
  return homes.has(region) ? 0 : 1
}
