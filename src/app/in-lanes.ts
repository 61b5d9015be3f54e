/**
 * Does the work of each item, at most `perLane` of one lane at once, each lane at its own pace: a region that does not answer
 * holds up nobody else's rows. An error ends its lane only; the first one is thrown when all lanes have ended.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  laneOf: (item: Item) => string,
  perLane: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  const carriers = [...Map.groupBy(items, laneOf).values()].flatMap((lane) => {
    const left = lane.values()
    const state = { hasFailed: false }
    return Array.from({ length: Math.min(perLane, lane.length) }, () => carry(left, work, state, failures))
  })
  await Promise.all(carriers)
  if (failures.length > 0) throw failures[0]
}

async function carry<Item>(
  left: Iterator<Item>,
  work: (item: Item) => Promise<void>,
  lane: { hasFailed: boolean },
  failures: unknown[],
): Promise<void> {
  for (let next = left.next(); next.done !== true && !lane.hasFailed; next = left.next()) {
    try {
      await work(next.value)
    } catch (error) {
      lane.hasFailed = true
      failures.push(error)
    }
  }
}
