/**
 * Does the work of each item, at most `perLane` of one lane at once, each lane at its own pace: a region that does not answer
 * holds up nobody else's rows. The first error is thrown after all work that was begun has ended; nothing more is begun then.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  laneOf: (item: Item) => string,
  perLane: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const lanes = Map.groupBy(items, laneOf)
  const failures: unknown[] = []
  const carriers = [...lanes.values()].flatMap((lane) => {
    const left = lane.values()
    return Array.from({ length: Math.min(perLane, lane.length) }, () => carry(left, work, failures))
  })
  await Promise.all(carriers)
  if (failures.length > 0) throw failures[0]
}

async function carry<Item>(
  left: Iterator<Item>,
  work: (item: Item) => Promise<void>,
  failures: unknown[],
): Promise<void> {
  for (let next = left.next(); next.done !== true && failures.length === 0; next = left.next()) {
    try {
      await work(next.value)
    } catch (error) {
      failures.push(error)
    }
  }
}
