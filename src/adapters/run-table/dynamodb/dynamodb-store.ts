import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb"
import pLimit from "p-limit"
import type { Clock } from "../../../ports/world.ts"
import { within } from "../../aws/within.ts"
import { busyError, dynamoDbError, notWritten, type TableName, wasRepeated } from "./dynamodb-errors.ts"
import { type Item, textIn } from "./item.ts"
import type { Key } from "./keys.ts"
import { ServiceClock } from "./service-clock.ts"
import { transactionInput, type Write, writeInput } from "./write-request.ts"

/**
 * A write that is sent has landed or never will after this time, tries of the SDK included: below the minute that readers
 * of changes read again (changes.ts), by whose stamp they find it.
 */
const WRITE_MS = 20_000
/** Of BatchGetItem. */
const KEYS_AT_ONCE = 100
const BATCHES_AT_ONCE = 4
const FIRST_WAIT_MS = 25
const LONGEST_WAIT_MS = 1_000

export interface StoreOptions extends TableName {
  /** Of the table's region; `clientOptions` of adapters/aws: throttled and unanswered requests are repeated by it. */
  readonly client: DynamoDBClient
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Milliseconds that a write goes on trying against others of the same items. */
  readonly patience: number
}

export interface Page {
  readonly items: readonly Item[]
  /** Where to go on; null: there is no more. */
  readonly next: Item | null
}

/** Sends the requests of the table, repeats what may be repeated, and words what fails. All reads are strong but those of an index that cannot be. */
export class DynamoDbStore {
  readonly time: ServiceClock
  readonly name: TableName
  readonly #documents: DynamoDBDocumentClient
  readonly #options: StoreOptions
  readonly #limit = pLimit(BATCHES_AT_ONCE)

  constructor(options: StoreOptions) {
    const { client, table, region, clock, random } = options
    this.#options = options
    this.name = { table, region }
    this.#documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
    this.time = new ServiceClock(client, clock, random)
  }

  async get(key: Key): Promise<Item | null> {
    const input = { TableName: this.name.table, Key: { ...key }, ConsistentRead: true }
    const { Item: item } = await this.#asking(() => this.#documents.send(new GetCommand(input)))
    return item ?? null
  }

  /** The items that there are of these keys, by `pk` and `sk` joined; each is read strongly, all of them not at one moment. */
  async getAll(keys: readonly Key[]): Promise<ReadonlyMap<string, Item>> {
    const batches: Key[][] = []
    for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) batches.push(keys.slice(i, i + KEYS_AT_ONCE))
    const found = await Promise.all(batches.map((batch) => this.#limit(() => this.#getBatch(batch))))
    return new Map(found.flat().map((item) => [keyText({ pk: textIn(item, "pk"), sk: textIn(item, "sk") }), item]))
  }

  /** One page of a query, of at most 1 MB before any filter. */
  async query(input: Omit<QueryCommandInput, "TableName">): Promise<Page> {
    const whole = { ConsistentRead: true, ...input, TableName: this.name.table }
    const { Items: items = [], LastEvaluatedKey: next } = await this.#asking(() =>
      this.#documents.send(new QueryCommand(whole)),
    )
    return { items, next: next ?? null }
  }

  /**
   * All of the writes or none. `build` reads what it needs and says what to write (`writes`) or what its answer is without
   * writing (`done`); it is asked again after it lost to another writer, until `patience` ends: error `unavailable`. `done`
   * of the writes is the answer once they are written. A write whose answer was lost is found by `build`'s next look.
   */
  async commit<T>(
    build: () => Promise<{ readonly writes: readonly Write[]; readonly done: T }>,
    onRefused: () => void = () => {},
  ): Promise<T> {
    const { clock, random, patience } = this.#options
    const deadline = clock.now() + patience
    let isSure = true
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const { writes, done } = await build()
      if (writes.length === 0) return done
      try {
        await this.#send(writes)
        return done
      } catch (error) {
        const why = notWritten(error)
        if (why === null) throw dynamoDbError(error, this.name, isSure)
        isSure &&= !wasRepeated(error)
        if (why === "refused") onRefused()
      }
      if (clock.now() >= deadline) throw busyError(this.name, patience, isSure)
      await clock.sleep(clock.now() + wait * random())
    }
  }

  /** One write; "refused": its condition does not hold. */
  async write(write: Write): Promise<"done" | "refused"> {
    let isRefused = false
    return this.commit(
      async () => (isRefused ? { writes: [], done: "refused" } : { writes: [write], done: "done" }),
      () => {
        isRefused = true
      },
    )
  }

  async #send(writes: readonly Write[]): Promise<void> {
    const { clock } = this.#options
    await within(clock, clock.now() + WRITE_MS, null, (abortSignal) => this.#sendOnce(writes, { abortSignal }))
  }

  async #sendOnce(writes: readonly Write[], options: { readonly abortSignal: AbortSignal }): Promise<void> {
    const { table } = this.name
    const [first, ...others] = writes
    if (first === undefined) return
    if (others.length > 0) {
      await this.#documents.send(new TransactWriteCommand(transactionInput(table, writes, this.time.stamp())), options)
      return
    }
    const input = writeInput(table, first)
    if ("Put" in input) await this.#documents.send(new PutCommand(input.Put), options)
    else await this.#documents.send(new UpdateCommand(input.Update), options)
  }

  async #getBatch(keys: readonly Key[]): Promise<readonly Item[]> {
    const { clock, random } = this.#options
    const { table } = this.name
    const items: Item[] = []
    let left: Item[] = keys.map((key) => ({ ...key }))
    for (let wait = FIRST_WAIT_MS; left.length > 0; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const input = { RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }
      const answer = await this.#asking(() => this.#documents.send(new BatchGetCommand(input)))
      items.push(...(answer.Responses?.[table] ?? []))
      const before = left.length
      left = answer.UnprocessedKeys?.[table]?.Keys ?? []
      if (left.length > 0 && left.length === before) await clock.sleep(clock.now() + wait * (0.5 + random()))
    }
    return items
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw dynamoDbError(error, this.name)
    }
  }
}

export function keyText({ pk, sk }: Key): string {
  return `${pk} ${sk}`
}
