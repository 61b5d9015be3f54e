import { type AttributeValue, compareValues, type Item, isSameValue, itemBytes, typed } from "./attribute-value.ts"
import { invalid } from "./dynamodb-fault.ts"

/** Names of the attributes that are a table's or an index's key; `sort` null: it has a partition key only. */
export interface KeySchema {
  readonly partition: string
  readonly sort: string | null
}

const LARGEST_ITEM = 409_600
const LONGEST_PARTITION_KEY = 2048
const LONGEST_SORT_KEY = 1024

/** One table's items, each partition in the order of its sort key; indexes are made anew when asked after a change. */
export class ModelledTable {
  readonly key: KeySchema
  readonly indexes: ReadonlyMap<string, KeySchema>
  readonly #items = new Map<string, Item>()
  readonly #sorted = new Map<string, ReadonlyMap<string, readonly Item[]>>()

  constructor(key: KeySchema, indexes: ReadonlyMap<string, KeySchema>) {
    this.key = key
    this.indexes = indexes
  }

  get(key: Item): Item | null {
    return this.#items.get(this.#name(key)) ?? null
  }

  put(item: Item): void {
    if (itemBytes(item) > LARGEST_ITEM) throw invalid("Item size has exceeded the maximum allowed size")
    this.#items.set(this.#name(item), item)
    this.#sorted.clear()
  }

  delete(key: Item): void {
    this.#items.delete(this.#name(key))
    this.#sorted.clear()
  }

  /** Items of one partition of the table (null) or of an index, in the order of their sort keys. */
  partition(index: string | null, value: AttributeValue): readonly Item[] {
    const known = this.#sorted.get(index ?? "") ?? this.#sort(index)
    this.#sorted.set(index ?? "", known)
    return known.get(JSON.stringify(value)) ?? []
  }

  schema(index: string | null): KeySchema {
    if (index === null) return this.key
    const schema = this.indexes.get(index)
    if (schema === undefined) throw invalid(`The table does not have the specified index: ${index}`)
    return schema
  }

  /** The key of an item, in an index with that of the table. */
  keyOf(item: Item, index: string | null): Item {
    const names = [this.key, this.schema(index)].flatMap(({ partition, sort }) => [partition, sort])
    return Object.fromEntries(
      names.flatMap((name) => (name === null || item[name] === undefined ? [] : [[name, item[name]]])),
    )
  }

  #sort(index: string | null): ReadonlyMap<string, readonly Item[]> {
    const { partition, sort } = this.schema(index)
    const groups = new Map<string, Item[]>()
    for (const item of this.#items.values()) {
      const value = item[partition]
      // An item without the index's key is not in the index.
      if (value === undefined || (sort !== null && item[sort] === undefined)) continue
      const name = JSON.stringify(value)
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [item])
      else group.push(item)
    }
    if (sort !== null) for (const group of groups.values()) group.sort((a, b) => this.#order(a, b, sort))
    return groups
  }

  #order(a: Item, b: Item, sort: string): number {
    const [one, other] = [a[sort], b[sort]]
    if (one === undefined || other === undefined) return 0
    const order = compareValues(one, other) ?? 0
    if (order !== 0 || this.key.sort === null) return order
    const [own, others] = [a[this.key.sort], b[this.key.sort]]
    return own === undefined || others === undefined ? 0 : (compareValues(own, others) ?? 0)
  }

  #name(key: Item): string {
    return JSON.stringify([
      this.#part(key, this.key.partition, LONGEST_PARTITION_KEY),
      this.#part(key, this.key.sort, LONGEST_SORT_KEY),
    ])
  }

  #part(key: Item, name: string | null, longest: number): AttributeValue | null {
    if (name === null) return null
    const value = key[name]
    if (value === undefined) throw invalid("One of the required keys was not given a value")
    const [type, content] = typed(value)
    if (type !== "S" && type !== "N" && type !== "B")
      throw invalid("The provided key element does not match the schema")
    if (type === "S" && (content === "" || String(content).length > longest))
      throw invalid("One or more parameter values are not valid: a key value is empty or too long")
    return type === "N" ? { N: String(Number(content)) } : value
  }
}

/** Whether two keys name the same item. */
export function isSameKey(one: Item, other: Item): boolean {
  return Object.entries(one).every(([name, value]) => {
    const theirs = other[name]
    return theirs !== undefined && isSameValue(value, theirs)
  })
}
