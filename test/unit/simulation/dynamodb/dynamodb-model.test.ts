import { describe, expect, test } from "vitest"
import { DynamoDbModel } from "../../../../src/simulation/dynamodb/dynamodb-model.ts"

const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }

/** A table `rows` with the key (run, item) and an index by (run, changed). */
function aModel() {
  const model = new DynamoDbModel()
  let now = Date.UTC(2026, 10, 1)
  const call = (operation: string, input: Readonly<Record<string, unknown>>, region = "us-east-1") =>
    model.handle({ region, operation, input: { TableName: "rows", ...input }, caller: CALLER }, now)
  call("CreateTable", {
    AttributeDefinitions: [],
    KeySchema: [
      { AttributeName: "run", KeyType: "HASH" },
      { AttributeName: "item", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
    GlobalSecondaryIndexes: [
      {
        IndexName: "changes",
        KeySchema: [
          { AttributeName: "run", KeyType: "HASH" },
          { AttributeName: "changed", KeyType: "RANGE" },
        ],
      },
    ],
  })
  const put = (item: string, more: Readonly<Record<string, unknown>> = {}) =>
    call("PutItem", { Item: { run: { S: "r" }, item: { S: item }, ...more } })
  const get = (item: string) => {
    const answer = call("GetItem", { Key: { run: { S: "r" }, item: { S: item } }, ConsistentRead: true })
    return answer.ok ? answer.output["Item"] : answer
  }
  return { call, put, get, pass: (ms: number) => (now += ms) }
}

const KEY = { run: { S: "r" }, item: { S: "a" } }

describe("one item", () => {
  test.each([
    ["attribute_not_exists(run)", {}, false],
    ["attribute_exists(run)", {}, true],
    ["version = :v", { ":v": { N: "3" } }, true],
    ["version = :v AND owner = :o", { ":v": { N: "3" }, ":o": { S: "bob" } }, false],
    ["version = :v OR owner = :o", { ":v": { N: "4" }, ":o": { S: "ada" } }, true],
    ["NOT version < :v", { ":v": { N: "3" } }, true],
    ["version BETWEEN :a AND :b", { ":a": { N: "1" }, ":b": { N: "3" } }, true],
    ["version IN (:a, :b)", { ":a": { N: "1" }, ":b": { N: "3" } }, true],
    ["begins_with(owner, :o)", { ":o": { S: "ad" } }, true],
    ["size(owner) > :n", { ":n": { N: "3" } }, false],
    ["state.phase = :p", { ":p": { S: "training" } }, true],
    ["missing < :n", { ":n": { N: "3" } }, false],
    ["missing <> :n", { ":n": { N: "3" } }, true],
  ])("is written on the condition %s", (condition, values, isWritten) => {
    const { call, put } = aModel()
    put("a", { version: { N: "3" }, owner: { S: "ada" }, state: { M: { phase: { S: "training" } } } })
    const answer = call("PutItem", {
      Item: KEY,
      ConditionExpression: condition,
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    })
    if (isWritten) expect(answer.ok).toBe(true)
    else expect(answer).toMatchObject({ ok: false, fault: { name: "ConditionalCheckFailedException", status: 400 } })
  })

  test("is updated from what it was", () => {
    const { call, put, get } = aModel()
    put("a", { live: { N: "2" }, gone: { S: "x" } })
    call("UpdateItem", {
      Key: KEY,
      UpdateExpression: "SET #live = #live + :n, seen = if_not_exists(seen, :zero) + :n REMOVE gone ADD total :n",
      ExpressionAttributeNames: { "#live": "live" },
      ExpressionAttributeValues: { ":n": { N: "3" }, ":zero": { N: "0" } },
    })
    expect(get("a")).toEqual({ ...KEY, live: { N: "5" }, seen: { N: "3" }, total: { N: "3" } })
  })

  test("of more than 400 KB is refused", () => {
    const { put } = aModel()
    expect(put("a", { text: { S: "x".repeat(410_000) } })).toMatchObject({ fault: { name: "ValidationException" } })
  })

  test("is in its own region only", () => {
    const { call } = aModel()
    expect(call("GetItem", { Key: KEY }, "eu-west-1")).toMatchObject({ fault: { name: "ResourceNotFoundException" } })
  })
})

describe("a query", () => {
  test("goes by the sort key, page by page", () => {
    const { call, put } = aModel()
    for (const item of ["b", "a", "c"]) put(item)
    const query = { KeyConditionExpression: "run = :r", ExpressionAttributeValues: { ":r": { S: "r" } }, Limit: 2 }
    const first = call("Query", query)
    expect(first).toMatchObject({ output: { Count: 2, LastEvaluatedKey: { item: { S: "b" } } } })
    const start = first.ok ? first.output["LastEvaluatedKey"] : null
    const second = call("Query", { ...query, ExclusiveStartKey: start })
    expect(second).toMatchObject({ output: { Items: [{ item: { S: "c" } }] } })
    expect(second.ok && second.output["LastEvaluatedKey"]).toBeFalsy()
  })

  test("of an index sees only items that have its key", () => {
    const { call, put } = aModel()
    put("a", { changed: { N: "9" } })
    put("b", { changed: { N: "10" } })
    put("c")
    const found = call("Query", {
      IndexName: "changes",
      KeyConditionExpression: "#run = :r AND changed > :from",
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: { ":r": { S: "r" }, ":from": { N: "9" } },
    })
    expect(found).toMatchObject({ output: { Count: 1, Items: [{ item: { S: "b" } }] } })
  })
})

describe("a transaction", () => {
  const twoWrites = (token?: string) => ({
    TransactItems: [
      { Put: { TableName: "rows", Item: { run: { S: "r" }, item: { S: "new" } } } },
      {
        Update: {
          TableName: "rows",
          Key: KEY,
          UpdateExpression: "SET version = :next",
          ConditionExpression: "version = :v",
          ExpressionAttributeValues: { ":v": { N: "1" }, ":next": { N: "2" } },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    ],
    ...(token === undefined ? {} : { ClientRequestToken: token }),
  })

  test("writes all or nothing, and says which condition failed", () => {
    const { call, put, get } = aModel()
    put("a", { version: { N: "7" } })
    const item = { ...KEY, version: { N: "7" } }
    expect(call("TransactWriteItems", twoWrites())).toMatchObject({
      fault: {
        name: "TransactionCanceledException",
        message: expect.stringContaining("[None, ConditionalCheckFailed]"),
        members: { CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed", Item: item }] },
      },
    })
    expect(get("new")).toBeUndefined()
  })

  test("with a token is carried out once, for ten minutes", () => {
    const { call, put, get, pass } = aModel()
    put("a", { version: { N: "1" } })
    expect(call("TransactWriteItems", twoWrites("t")).ok).toBe(true)
    pass(60_000)
    expect(call("TransactWriteItems", twoWrites("t")).ok).toBe(true)
    expect(get("a")).toMatchObject({ version: { N: "2" } })
    pass(600_000)
    expect(call("TransactWriteItems", twoWrites("t"))).toMatchObject({
      fault: { name: "TransactionCanceledException" },
    })
  })

  test("may not write one item twice", () => {
    const { call } = aModel()
    const put = { Put: { TableName: "rows", Item: KEY } }
    expect(call("TransactWriteItems", { TransactItems: [put, put] })).toMatchObject({
      fault: { name: "ValidationException" },
    })
  })
})
