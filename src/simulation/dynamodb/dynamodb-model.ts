// DynamoDB as far as a central table needs it: tables with indexes, conditional writes, transactions, queries by key.
// It has no scan, no streams and no capacity, and an index shows a write at once.
import type { Instant } from "../../core/ids.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import type { AttributeValue, Item } from "./attribute-value.ts"
import { itemBytes } from "./attribute-value.ts"
import { DynamoDbFault, invalid } from "./dynamodb-fault.ts"
import { meets, type Values, valueAt } from "./evaluate.ts"
import { isSameKey, type KeySchema, ModelledTable } from "./modelled-table.ts"
import { type Condition, type Names, parseCondition, parseProjection } from "./parse-expression.ts"
import { prepareWrite, type WriteKind, writeAlone } from "./prepared-write.ts"
import { TransactionTokens, transact } from "./transaction.ts"

type Input = Readonly<Record<string, unknown>>
type Output = Readonly<Record<string, unknown>>

const PAGE_BYTES = 1_048_576

interface Stored {
  readonly table: ModelledTable
  readonly description: Input
  readonly createdAt: Instant
  ttl: Input | null
}

interface Region {
  readonly tables: Map<string, Stored>
  readonly tokens: TransactionTokens
}

export class DynamoDbModel implements ServiceModel {
  readonly #regions = new Map<string, Region>()

  handle({ region, operation, input, caller }: ServiceRequest, now: Instant): ServiceAnswer {
    const place = this.#region(region)
    const arn = (name: string) => `arn:aws:dynamodb:${region}:${caller.account}:table/${name}`
    try {
      return { ok: true, output: answer(place, operation, input, arn, now) }
    } catch (error) {
      if (error instanceof DynamoDbFault) return { ok: false, fault: error.fault }
      throw error
    }
  }

  #region(name: string): Region {
    const known = this.#regions.get(name) ?? { tables: new Map(), tokens: new TransactionTokens() }
    this.#regions.set(name, known)
    return known
  }
}

function answer(region: Region, operation: string, input: Input, arn: (name: string) => string, now: Instant): Output {
  switch (operation) {
    case "CreateTable":
      return createTable(region, input, arn, now)
    case "DescribeTable":
      return { Table: describe(required(region, input), input, arn) }
    case "ListTables":
      return { TableNames: [...region.tables.keys()].sort() }
    case "DeleteTable": {
      const stored = required(region, input)
      region.tables.delete(text(input, "TableName"))
      return { TableDescription: { ...describe(stored, input, arn), TableStatus: "DELETING" } }
    }
    case "UpdateTimeToLive":
      required(region, input).ttl = input["TimeToLiveSpecification"] as Input
      return { TimeToLiveSpecification: input["TimeToLiveSpecification"] }
    case "DescribeTimeToLive": {
      const { ttl } = required(region, input)
      const isOn = ttl?.["Enabled"] === true
      return {
        TimeToLiveDescription: {
          TimeToLiveStatus: isOn ? "ENABLED" : "DISABLED",
          ...(isOn ? { AttributeName: ttl?.["AttributeName"] } : {}),
        },
      }
    }
    case "GetItem":
      return withItem(required(region, input).table.get(input["Key"] as Item), input)
    case "PutItem":
      return returned(input, writeAlone(prepareWrite(required(region, input).table, "Put", input)))
    case "UpdateItem":
      return returned(input, writeAlone(prepareWrite(required(region, input).table, "Update", input)))
    case "DeleteItem":
      return returned(input, writeAlone(prepareWrite(required(region, input).table, "Delete", input)))
    case "Query":
      return query(required(region, input).table, input)
    case "BatchGetItem":
      return batchGet(region, input)
    case "BatchWriteItem":
      return batchWrite(region, input)
    case "TransactGetItems":
      return {
        Responses: (input["TransactItems"] as readonly { readonly Get: Input }[]).map(({ Get }) =>
          withItem(required(region, Get).table.get(Get["Key"] as Item), Get),
        ),
      }
    case "TransactWriteItems":
      return transactWrite(region, input, now)
    default:
      throw new DynamoDbFault("UnknownOperationException", `the emulator's DynamoDB has no ${operation}`)
  }
}

function createTable(region: Region, input: Input, arn: (name: string) => string, now: Instant): Output {
  const name = text(input, "TableName")
  if (region.tables.has(name)) throw new DynamoDbFault("ResourceInUseException", `Table already exists: ${name}`)
  const indexes = [...list(input, "GlobalSecondaryIndexes"), ...list(input, "LocalSecondaryIndexes")]
  const table = new ModelledTable(
    keySchema(input),
    new Map(indexes.map((index) => [text(index, "IndexName"), keySchema(index)])),
  )
  const stored = { table, description: input, createdAt: now, ttl: null }
  region.tables.set(name, stored)
  return { TableDescription: describe(stored, input, arn) }
}

function describe({ description, createdAt }: Stored, input: Input, arn: (name: string) => string): Output {
  const name = text(input, "TableName")
  const active = (index: Input) => ({ ...index, IndexStatus: "ACTIVE" })
  const indexes = list(description, "GlobalSecondaryIndexes")
  return {
    TableName: name,
    TableArn: arn(name),
    TableStatus: "ACTIVE",
    CreationDateTime: createdAt / 1000,
    KeySchema: description["KeySchema"],
    AttributeDefinitions: description["AttributeDefinitions"],
    BillingModeSummary: { BillingMode: description["BillingMode"] ?? "PROVISIONED" },
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes.map(active) }),
    ...(description["LocalSecondaryIndexes"] === undefined
      ? {}
      : { LocalSecondaryIndexes: description["LocalSecondaryIndexes"] }),
  }
}

function keySchema(of: Input): KeySchema {
  const keys = list(of, "KeySchema")
  const named = (type: string) => keys.find((key) => key["KeyType"] === type)?.["AttributeName"]
  const [partition, sort] = [named("HASH"), named("RANGE")]
  if (typeof partition !== "string") throw invalid("No Hash Key specified in schema")
  return { partition, sort: typeof sort === "string" ? sort : null }
}

function query(table: ModelledTable, input: Input): Output {
  const names = (input["ExpressionAttributeNames"] ?? {}) as Names
  const values = (input["ExpressionAttributeValues"] ?? {}) as Values
  const index = typeof input["IndexName"] === "string" ? input["IndexName"] : null
  if (index !== null && input["ConsistentRead"] === true && !isLocal(table, index))
    throw invalid("Consistent reads are not supported on global secondary indexes")
  const condition = parseCondition(text(input, "KeyConditionExpression"), names)
  const { partition } = table.schema(index)
  const value = partitionValue(condition, partition, values)
  const ordered = table.partition(index, value).filter((item) => meets(condition, item, values))
  const all = input["ScanIndexForward"] === false ? ordered.toReversed() : ordered
  const start = (input["ExclusiveStartKey"] ?? null) as Item | null
  const from =
    start === null ? 0 : all.findIndex((item) => isSameKey(table.keyOf(start, null), table.keyOf(item, null))) + 1
  const page = pageOf(all, from, typeof input["Limit"] === "number" ? input["Limit"] : all.length)
  const filter = typeof input["FilterExpression"] === "string" ? parseCondition(input["FilterExpression"], names) : null
  const kept = filter === null ? page : page.filter((item) => meets(filter, item, values))
  const last = page.at(-1)
  const isMore = from + page.length < all.length
  return {
    ...(input["Select"] === "COUNT" ? {} : { Items: kept.map((item) => projected(item, input)) }),
    Count: kept.length,
    ScannedCount: page.length,
    ...(isMore && last !== undefined ? { LastEvaluatedKey: table.keyOf(last, index) } : {}),
  }
}

/** An index with the table's own partition key may be a local one, which is read consistently. */
function isLocal(table: ModelledTable, index: string): boolean {
  return table.schema(index).partition === table.key.partition
}

function pageOf(all: readonly Item[], from: number, limit: number): readonly Item[] {
  const page: Item[] = []
  let bytes = 0
  for (const item of all.slice(from, from + limit)) {
    bytes += itemBytes(item)
    if (bytes > PAGE_BYTES && page.length > 0) break
    page.push(item)
  }
  return page
}

function partitionValue(condition: Condition, partition: string, values: Values): AttributeValue {
  for (const each of conjuncts(condition)) {
    if (each.kind !== "compare" || each.comparator !== "=") continue
    const { left, right } = each
    if (left.kind === "path" && left.path.length === 1 && left.path[0] === partition && right.kind === "value")
      return values[right.name] ?? missingKey(partition)
  }
  return missingKey(partition)
}

function missingKey(partition: string): never {
  throw invalid(`Query condition missed key schema element: ${partition}`)
}

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === "and" ? condition.parts.flatMap(conjuncts) : [condition]
}

function batchGet(region: Region, input: Input): Output {
  const asked = input["RequestItems"] as Readonly<Record<string, Input>>
  const keys = Object.values(asked).flatMap((of) => list(of, "Keys"))
  if (keys.length > 100) throw invalid("Too many items requested for the BatchGetItem call")
  const responses = Object.entries(asked).map(([name, of]) => {
    const { table } = required(region, { TableName: name })
    const found = (of["Keys"] as readonly Item[]).flatMap((key): Item[] => {
      const item = table.get(key)
      return item === null ? [] : [item]
    })
    return [name, found.map((item) => projected(item, of))]
  })
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} }
}

function batchWrite(region: Region, input: Input): Output {
  const asked = Object.entries(input["RequestItems"] as Readonly<Record<string, readonly Input[]>>)
  if (asked.flatMap(([, writes]) => writes).length > 25) throw invalid("Too many items in the BatchWriteItem request")
  for (const [name, writes] of asked) {
    const { table } = required(region, { TableName: name })
    for (const { PutRequest: put, DeleteRequest: gone } of writes) {
      if (put !== undefined) table.put((put as { readonly Item: Item }).Item)
      else table.delete((gone as { readonly Key: Item }).Key)
    }
  }
  return { UnprocessedItems: {} }
}

function transactWrite(region: Region, input: Input, now: Instant): Output {
  const items = list(input, "TransactItems")
  const token = input["ClientRequestToken"]
  const request = JSON.stringify(items)
  if (typeof token === "string" && region.tokens.isRepeated(token, request, now)) return {}
  transact(
    items.map((item) => {
      const [kind = "", of] = Object.entries(item)[0] ?? []
      return prepareWrite(required(region, of as Input).table, kind as WriteKind, of as Input)
    }),
  )
  if (typeof token === "string") region.tokens.remember(token, request, now)
  return {}
}

function withItem(item: Item | null, input: Input): Output {
  return item === null ? {} : { Item: projected(item, input) }
}

function projected(item: Item, input: Input): Item {
  const expression = input["ProjectionExpression"]
  if (typeof expression !== "string") return item
  const paths = parseProjection(expression, (input["ExpressionAttributeNames"] ?? {}) as Names)
  return Object.fromEntries(
    paths.flatMap((path) => {
      const value = valueAt(item, path)
      return value === null ? [] : [[String(path.at(0)), value] as const]
    }),
  )
}

function returned(
  input: Input,
  { before, after }: { readonly before: Item | null; readonly after: Item | null },
): Output {
  const wanted = input["ReturnValues"]
  const item =
    wanted === "ALL_OLD" || wanted === "UPDATED_OLD" ? before : wanted === undefined || wanted === "NONE" ? null : after
  return item === null ? {} : { Attributes: item }
}

function required(region: Region, input: Input): Stored {
  const stored = region.tables.get(text(input, "TableName"))
  if (stored !== undefined) return stored
  throw new DynamoDbFault("ResourceNotFoundException", "Requested resource not found")
}

function text(input: Input, name: string): string {
  const value = input[name]
  if (typeof value === "string" && value !== "") return value.replace(/^arn:[^/]*:table\//, "")
  throw invalid(`Value null at '${name}' failed to satisfy constraint: Member must not be null`)
}

function list(input: Input, name: string): readonly Input[] {
  return (input[name] ?? []) as readonly Input[]
}
