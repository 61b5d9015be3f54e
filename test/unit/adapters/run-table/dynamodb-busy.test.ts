import { Readable } from "node:stream"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { describe, expect, test } from "vitest"
import { DynamoDbStore } from "../../../../src/adapters/run-table/dynamodb/dynamodb-store.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import { isNothingWritten } from "../../../../src/core/table-errors.ts"

const WRITES = ["a", "b"].map((sk) => ({ put: { pk: "x", sk }, condition: null }))
const CONFLICT = {
  __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
  CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }],
}

/** A store whose service gives these answers in turn, the last of them for ever, on a clock that jumps to the end of each sleep. */
function storeThatAnswers(...answers: readonly object[]) {
  let now = 1_000_000
  const slept: number[] = []
  let sent = 0
  const requestHandler = {
    handle: async () => {
      const answer = answers[Math.min(sent++, answers.length - 1)] ?? {}
      const body = Readable.from([Buffer.from(JSON.stringify(answer))])
      return { response: { statusCode: "__type" in answer ? 400 : 200, headers: {}, body } }
    },
  }
  const credentials = { accessKeyId: "local", secretAccessKey: "local" }
  const store = new DynamoDbStore({
    client: new DynamoDBClient({ region: "us-east-1", credentials, maxAttempts: 1, requestHandler }),
    ...{ table: "regatta", region: "us-east-1", random: () => 0.5, patience: 20_000 },
    clock: {
      now: () => now,
      async sleep(until, limit) {
        // The bound of a write, which all these answers keep.
        if (limit !== undefined)
          return new Promise((resolve) => limit.addEventListener("abort", () => resolve(), { once: true }))
        slept.push(until - now)
        now = until
      },
    },
  })
  return { store, slept, sent: () => sent }
}

describe("a transaction that meets another", () => {
  test("is built anew and sent again after growing waits, until it is written", async () => {
    const { store, slept, sent } = storeThatAnswers(CONFLICT, CONFLICT, CONFLICT, {})
    let built = 0
    expect(await store.commit(async () => ({ writes: WRITES, done: ++built }))).toBe(4)
    expect([sent(), slept]).toEqual([4, [12.5, 25, 50]])
  })

  test("is unavailable once patience ends, and surely wrote nothing", async () => {
    const { store, slept } = storeThatAnswers(CONFLICT)
    const error = await store.commit(async () => ({ writes: WRITES, done: null })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "unavailable", fields: { table: "regatta", region: "us-east-1" } })
    expect(error instanceof RegattaError && isNothingWritten(error)).toBe(true)
    expect(Math.max(...slept)).toBe(500)
  })

  test("is not sent again when the next look says that it was written", async () => {
    const { store, sent } = storeThatAnswers(CONFLICT)
    let looks = 0
    expect(await store.commit(async () => ({ writes: ++looks === 1 ? WRITES : [], done: looks }))).toBe(2)
    expect(sent()).toBe(1)
  })
})

test("a write that is refused for another reason ends at once, as what it is", async () => {
  const { store, sent } = storeThatAnswers({ __type: "x#AccessDeniedException", message: "not authorized" })
  await expect(store.commit(async () => ({ writes: WRITES, done: null }))).rejects.toMatchObject({ code: "denied" })
  expect(sent()).toBe(1)
})

test("a single write whose condition fails is refused, once", async () => {
  const { store, sent } = storeThatAnswers({ __type: "x#ConditionalCheckFailedException" })
  const [write] = WRITES
  if (write !== undefined) expect(await store.write(write)).toBe("refused")
  expect(sent()).toBe(1)
})
