interface Share<Item> {
  readonly item: Item
  readonly weight: number
  credit: number
}

/** Gives items in turn so that each comes as often as its weight says, spread evenly. One weight at least is above 0. */
export class TrafficSplit<Item> {
  readonly #shares: readonly Share<Item>[]
  readonly #sum: number

  constructor(items: readonly { readonly item: Item; readonly weight: number }[]) {
    this.#shares = items.map(({ item, weight }) => ({ item, weight, credit: 0 }))
    this.#sum = items.reduce((sum, { weight }) => sum + weight, 0)
  }

  next(): Item {
    let richest: Share<Item> | undefined
    for (const share of this.#shares) {
      share.credit += share.weight
      if (richest === undefined || share.credit > richest.credit) richest = share
    }
    if (richest === undefined) throw new Error("there is nothing to share the traffic")
    richest.credit -= this.#sum
    return richest.item
  }
}
