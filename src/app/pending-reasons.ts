import type { RunRecord } from "../core/run/run.ts"
import type { Child } from "../ports/array-queue.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** Why rows without a record have none yet, in the queue's words: function of the row's index. Reads no queued child, of which there may be 10,000. */
export async function pendingReasons(
  ports: Pick<LoopPorts, "queue" | "rowOf">,
  run: RunRecord,
): Promise<(index: number) => string> {
  const seen = new Map<number, string>()
  for (const array of run.arrays) {
    if (array.id === null) continue
    for (const state of ["running", "failed"] as const) {
      for await (const child of ports.queue.children(array.id, state)) {
        seen.set(await ports.rowOf(array, child.index), describeChild(child))
      }
    }
  }
  const isSubmitted = run.arrays.every((array) => array.id !== null)
  const otherwise = isSubmitted ? "queued" : "queued, or not submitted yet"
  return (index) => seen.get(index) ?? otherwise
}

function describeChild(child: Child): string {
  const state = child.state === "running" ? "its worker is starting" : "its worker failed"
  return child.reason === "" ? state : `${state}: ${child.reason}`
}
