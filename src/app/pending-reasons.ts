import type { RunRecord } from "../core/run/run.ts"
import type { Child } from "../ports/array-queue.ts"
import type { LoopPorts } from "./loop-ports.ts"

const QUEUED_LOOKED_AT = 10
/** Of rows whose array job is submitted once their data is there. */
const UNCOPIED = "waits for its data to be copied to its region"

/** Why rows without a record have none yet, in the queue's words: function of the row's index. Of queued children, of which there may be 10,000, it reads no more than the first few. */
export async function pendingReasons(
  ports: Pick<LoopPorts, "queue" | "rowOf">,
  run: RunRecord,
): Promise<(index: number) => string> {
  const seen = new Map<number, string>()
  let why = ""
  for (const array of run.arrays) {
    if (array.id === null && array.waitsFor !== undefined)
      for (let child = 0; child < array.size; child += 1) seen.set(await ports.rowOf(array, child), UNCOPIED)
    if (array.id === null) continue
    for (const state of ["running", "failed"] as const) {
      for await (const child of ports.queue.children(array.id, state)) {
        seen.set(await ports.rowOf(array, child.index), describeChild(child))
      }
    }
    if (why === "") why = await whyQueued(ports, array.id)
  }
  const isSubmitted = run.arrays.every((array) => array.id !== null || array.waitsFor !== undefined)
  const queued = isSubmitted ? "queued" : "queued, or not submitted yet"
  const otherwise = why === "" ? queued : `${queued}: ${why}`
  return (index) => seen.get(index) ?? otherwise
}

/** What a queue says of one child (no capacity, a wrong setting) is true of the others beside it. */
async function whyQueued({ queue }: Pick<LoopPorts, "queue">, array: string): Promise<string> {
  let looked = 0
  for await (const { reason } of queue.children(array, "queued")) {
    looked += 1
    if (reason !== "" || looked === QUEUED_LOOKED_AT) return reason
  }
  return ""
}

function describeChild(child: Child): string {
  const state = child.state === "running" ? "its worker is starting" : "its worker failed"
  return child.reason === "" ? state : `${state}: ${child.reason}`
}
