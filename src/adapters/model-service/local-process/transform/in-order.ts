/** What the work makes of each item, in the items' order, with so many under way at once. The first failure ends it. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = []
  for await (const item of items) {
    const begun = work(item)
    // A failure is met in its turn; until then it is nobody's.
    begun.catch(() => {})
    underWay.push(begun)
    const first = underWay.length >= atOnce ? underWay.shift() : undefined
    if (first !== undefined) yield await first
  }
  for (const begun of underWay) yield await begun
}
