import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, PutCommand, QueryCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import { expect, test } from "vitest"
import { DynamoDbModel } from "../../../../src/simulation/dynamodb/dynamodb-model.ts"
import { answeredBy } from "../../../model-handler.ts"

test("the SDK's own client works with the model, errors included", async () => {
  const client = new DynamoDBClient(answeredBy(new DynamoDbModel(), () => 0))
  await client.send(
    new CreateTableCommand({
      TableName: "t",
      AttributeDefinitions: [
        { AttributeName: "a", AttributeType: "S" },
        { AttributeName: "b", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "a", KeyType: "HASH" },
        { AttributeName: "b", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  )
  const documents = DynamoDBDocumentClient.from(client)
  for (const b of [10, 9])
    await documents.send(new PutCommand({ TableName: "t", Item: { a: "x", b, of: { deep: [1] } } }))
  const found = await documents.send(
    new QueryCommand({ TableName: "t", KeyConditionExpression: "a = :a", ExpressionAttributeValues: { ":a": "x" } }),
  )
  expect(found.Items).toEqual([
    { a: "x", b: 9, of: { deep: [1] } },
    { a: "x", b: 10, of: { deep: [1] } },
  ])
  const Put = { TableName: "t", Item: { a: "x", b: 9 }, ConditionExpression: "attribute_not_exists(a)" }
  await expect(documents.send(new TransactWriteCommand({ TransactItems: [{ Put }] }))).rejects.toMatchObject({
    name: "TransactionCanceledException",
    CancellationReasons: [{ Code: "ConditionalCheckFailed" }],
  })
})
