// The tasks of a run: items of its partition, read by their common beginning.
import type { RunId } from "../../../core/ids.ts"
import type { RunTask } from "../../../core/run/run-task.ts"
import { isSame } from "../../../core/same.ts"
import type { DynamoDbStore } from "./dynamodb-store.ts"
import { type Item, jsonIn, numberIn, textIn } from "./item.ts"
import { runPartition, TASK_PREFIX, taskKey } from "./keys.ts"
import { IS_NEW } from "./write-request.ts"

/** Each page is read strongly, all of them not at one moment. */
export async function* tasksOf(store: DynamoDbStore, run: RunId): AsyncIterable<RunTask> {
  let next: Item | null = null
  do {
    const page = await store.query({
      KeyConditionExpression: "pk = :run and begins_with(sk, :tasks)",
      ExpressionAttributeValues: { ":run": runPartition(run), ":tasks": TASK_PREFIX },
      ...(next === null ? {} : { ExclusiveStartKey: next }),
    })
    for (const item of page.items) yield taskIn(run, item)
    next = page.next
  } while (next !== null)
}

export async function writeTask(store: DynamoDbStore, next: RunTask): Promise<boolean> {
  const { run, key, version, state } = next
  const condition = version === 1 ? IS_NEW : { text: "#version = :was", values: { was: version - 1 } }
  const put = { ...taskKey(run, key), version, state: JSON.stringify(state) }
  if ((await store.write({ put, condition })) === "done") return true
  const item = await store.get(taskKey(run, key))
  return item !== null && isSame(taskIn(run, item), next)
}

function taskIn(run: RunId, item: Item): RunTask {
  return {
    run,
    key: textIn(item, "sk").slice(TASK_PREFIX.length),
    version: numberIn(item, "version"),
    state: jsonIn<object>(item, "state"),
  }
}
