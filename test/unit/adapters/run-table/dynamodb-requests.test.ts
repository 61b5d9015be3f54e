import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { TABLE_ACTIONS, tableArns } from "../../../../src/adapters/run-table/dynamodb/actions.ts"
import { commitWrites } from "../../../../src/adapters/run-table/dynamodb/commit-writes.ts"
import { dynamoDbError, notWritten } from "../../../../src/adapters/run-table/dynamodb/dynamodb-errors.ts"
import { shardKey, termsKey } from "../../../../src/adapters/run-table/dynamodb/keys.ts"
import { storedRow } from "../../../../src/adapters/run-table/dynamodb/row-item.ts"
import { termsOf } from "../../../../src/adapters/run-table/dynamodb/run-sums.ts"
import { transactionInput } from "../../../../src/adapters/run-table/dynamodb/write-request.ts"
import { NO_MONEY } from "../../../../src/core/decision/claim.ts"
import { pendingRow } from "../../../../src/core/decision/row.ts"
import { placeKey } from "../../../../src/core/job/place.ts"
import type { RunRecord } from "../../../../src/core/run/run.ts"
import { TABLE_SCHEMA } from "../../../../src/ports/run-table.ts"
import { aPlace, aRun } from "../../../builders.ts"
import { abandonOf, changeOf, claimOf, waiting } from "../../../contract/run-table/row-changes.ts"

const P3 = placeKey(aPlace())

function stateOf(run: RunRecord) {
  const terms = { schema: TABLE_SCHEMA, terms: termsOf(run), termsVersion: 3, isSpread: true, money: NO_MONEY }
  return { stored: storedRow(run.run, 17, null), run: terms, spread: { reserved: 2_000_000, spent: 0, unknown: 0 } }
}

describe("the writes of a commit", () => {
  test("of a claim with a limit and a budget are the row, the budget's item, the shard and the place, each under its condition", () => {
    const run = aRun({ limits: { [P3]: 8 }, budgetUsd: 10 })
    const change = claimOf(pendingRow(run.run, 17), { usd: 3, place: { instances: 2 } })
    const [row, money, shard, place, ...others] = commitWrites(stateOf(run), change, "stamp")
    expect(row).toMatchObject({
      put: { version: 1, open: 17, changed: "stamp" },
      condition: { text: "attribute_not_exists(#pk)" },
    })
    expect(money).toEqual({
      key: termsKey(run.run),
      add: { reserved: 3_000_000, spent: 0, unknown: 0, taken: 3_000_000 },
      condition: { text: "#termsVersion = :terms and #taken <= :most", values: { terms: 3, most: 5_000_000 } },
    })
    expect(shard).toEqual({ key: shardKey(run.run, 17), add: { rows_launching: 1 }, condition: null })
    expect(place).toEqual({
      key: { pk: `PLACE#${P3}`, sk: "LIVE" },
      add: { live: 2 },
      condition: { text: "attribute_not_exists(#live) or #live <= :most", values: { most: 6 } },
    })
    expect(others).toEqual([])
  })

  test("of a claim without limit and budget are the row and its shard", () => {
    const run = aRun()
    const writes = commitWrites(stateOf(run), claimOf(pendingRow(run.run, 17)), "stamp")
    expect(writes.slice(1)).toMatchObject([
      { key: shardKey(run.run, 17), add: { rows_launching: 1, reserved: 0 }, condition: { values: { terms: 3 } } },
    ])
  })

  test("of a change within a status are the row alone", () => {
    const run = aRun()
    const record = { ...pendingRow(run.run, 17), version: 4, state: waiting() }
    const state = { ...stateOf(run), stored: { record, changeId: "before", hold: null, ended: 0 } }
    expect(commitWrites(state, changeOf(record, waiting()), "stamp")).toMatchObject([
      { condition: { text: "#version = :was", values: { was: 4 } } },
    ])
  })

  test("that give a place back take the same number from its count, under no condition", () => {
    const run = aRun({ limits: { [P3]: 8 } })
    const { next } = claimOf(pendingRow(run.run, 17), { place: { instances: 2 } })
    const hold = { key: P3, instances: 2, microUsd: 0 }
    const state = { ...stateOf(run), stored: { record: next, changeId: "x", hold, ended: 0 } }
    expect(commitWrites(state, abandonOf(next), "stamp").at(-1)).toEqual({
      ...{ key: { pk: `PLACE#${P3}`, sk: "LIVE" }, add: { live: -2 }, condition: null },
    })
  })

  test("are one transaction with names and values in place of every word", () => {
    const condition = { text: "#version = :was", values: { was: 1 } }
    const key = { pk: "a", sk: "b" }
    expect(transactionInput("regatta", [{ key, set: { record: "r" }, add: { live: 1 }, condition }], "token")).toEqual({
      ClientRequestToken: "token",
      TransactItems: [
        {
          Update: {
            ...{ TableName: "regatta", Key: key, UpdateExpression: "SET #record = :record ADD #live :live" },
            ConditionExpression: "#version = :was",
            ExpressionAttributeNames: { "#record": "record", "#live": "live", "#version": "version" },
            ExpressionAttributeValues: { ":record": "r", ":live": 1, ":was": 1 },
          },
        },
      ],
    })
  })
})

describe("what an error says of a write", () => {
  const cancelled = (...codes: readonly string[]) => ({
    ...{ name: "TransactionCanceledException", CancellationReasons: codes.map((Code) => ({ Code })) },
  })
  test.each([
    ["a failed condition", { name: "ConditionalCheckFailedException" }, "refused"],
    ["a cancelled transaction with one", cancelled("None", "ConditionalCheckFailed"), "refused"],
    ["one with a conflict as well", cancelled("TransactionConflict", "ConditionalCheckFailed"), "refused"],
    ["a conflict", cancelled("None", "TransactionConflict"), "busy"],
    ["a conflict of one item", { name: "TransactionConflictException" }, "busy"],
    ["no capacity", cancelled("ThrottlingError", "None"), "busy"],
    ["an item that is too large", cancelled("ValidationError"), null],
    ["anything else", { name: "AccessDeniedException" }, null],
  ])("%s", (_, error, expected) => {
    expect(notWritten(error)).toBe(expected)
  })

  const name = { table: "regatta", region: "eu-west-1" }
  test.each([
    [
      "a refusal at the first send wrote nothing",
      { name: "AccessDeniedException", $metadata: { attempts: 1 } },
      "nothing",
    ],
    ["one after a lost answer may have", { name: "ThrottlingException", $metadata: { attempts: 3 } }, undefined],
    ["no answer may have", { name: "TimeoutError" }, undefined],
  ])("%s", (_, error, written) => {
    expect(dynamoDbError(error, name)).toMatchObject({ fields: { ...name } })
    expect((dynamoDbError(error, name) as { fields: Record<string, unknown> }).fields["written"]).toBe(written)
  })
})

describe("the rights that the table needs", () => {
  test("are documented as they are", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../../docs/table.md"), "utf8")
    const [worker = "", command = ""] = text.split("\n").filter((line) => /^\| (worker|commands)/.test(line))
    const named = (line: string) => [...line.matchAll(/`(dynamodb:\w+)`/g)].map(([, action]) => action)
    expect(named(worker)).toEqual([...TABLE_ACTIONS.worker])
    expect([...named(worker), ...named(command)].toSorted()).toEqual([...TABLE_ACTIONS.command])
  })

  test("are for the table and its indexes", () => {
    expect(tableArns("regatta", "cn-north-1", "123456789012", "aws-cn")).toEqual([
      "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/regatta",
      "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/regatta/index/*",
    ])
  })
})
