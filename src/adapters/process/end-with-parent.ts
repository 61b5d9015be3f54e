import { Worker } from "node:worker_threads"

const LOOK_MS = 250

/** Looks from a thread of its own: the main one may stand in a call that does not come back. */
const WATCH = `
const { workerData: { parent, every } } = require("node:worker_threads")
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL") }, every)
`

/** Ends this process, at the latest a moment after the process that started it is gone, whatever it is doing. */
export function endWithParent(parent: number): void {
  new Worker(WATCH, { eval: true, workerData: { parent, every: LOOK_MS } }).unref()
}
