interface Region {
  readonly queue: number[]
  head: number
  running: number
}

/**
 * Which child starts next: the region with the fewest workers first, so that rows of one region that hang or wait do not
 * keep those of the others from starting; else in order of index. Every step costs the number of regions.
 */
export class Schedule {
  readonly #regionOf: (child: number) => string
  readonly #perRegion: number
  readonly #regions = new Map<string, Region>()
  #queued = 0

  constructor(regionOf: (child: number) => string, perRegion: number) {
    this.#regionOf = regionOf
    this.#perRegion = perRegion
  }

  get queued(): number {
    return this.#queued
  }

  add(child: number): void {
    this.#region(child).queue.push(child)
    this.#queued += 1
  }

  /** Takes the next child whose region has room, and counts it as running; null: none may start now. */
  next(): number | null {
    let best: Region | null = null
    for (const region of this.#regions.values()) {
      const canStart = region.head < region.queue.length && region.running < this.#perRegion
      if (canStart && (best === null || isBefore(region, best))) best = region
    }
    const child = best?.queue[best.head]
    if (best === null || child === undefined) return null
    best.head += 1
    if (best.head === best.queue.length) {
      best.queue.length = 0
      best.head = 0
    }
    best.running += 1
    this.#queued -= 1
    return child
  }

  /** Counts a worker that runs already. */
  adopt(child: number): void {
    this.#region(child).running += 1
  }

  ended(child: number): void {
    this.#region(child).running -= 1
  }

  /** Forgets every child that has not started. */
  clear(): void {
    for (const region of this.#regions.values()) region.queue.length = region.head = 0
    this.#queued = 0
  }

  #region(child: number): Region {
    const name = this.#regionOf(child)
    let region = this.#regions.get(name)
    if (region === undefined) {
      region = { queue: [], head: 0, running: 0 }
      this.#regions.set(name, region)
    }
    return region
  }
}

function isBefore(one: Region, other: Region): boolean {
  if (one.running !== other.running) return one.running < other.running
  return (one.queue[one.head] ?? 0) < (other.queue[other.head] ?? 0)
}
