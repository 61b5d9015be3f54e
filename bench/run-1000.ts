import { execFile } from "node:child_process"
import { availableParallelism } from "node:os"
import { promisify } from "node:util"
import { type Benchmark, compared, counted } from "./result.ts"
import { BUNDLE, timedNode } from "./timed-process.ts"
import { inWorkspace, writeManifest } from "./workspace.ts"

const ROWS = 1000

/** A whole run whose trainer does nothing, against as many empty processes by `xargs -P`, with the same parallelism. */
export const run1000: Benchmark = () =>
  inWorkspace(async (folder) => {
    const parallel = availableParallelism()
    const manifest = writeManifest(folder, ROWS, parallel)
    const submitted = await timedNode([BUNDLE, "submit", manifest, "--wait", "-y", "-o", "json"], { cwd: folder })
    const completed = completedIn(submitted.stdout)
    if (completed !== ROWS) throw new Error(`${completed} of ${ROWS} rows completed`)
    const bare = await emptyProcesses(ROWS, parallel)
    return [
      compared(
        "run-1000/rows-per-second",
        `rows/s at ${parallel} at once, against xargs -P ${parallel} node -e 0`,
        ROWS / submitted.seconds,
        ROWS / bare,
      ),
      counted("run-1000/peak-memory", "MiB of the process that submits and waits", submitted.peakMiB),
    ]
  })

async function emptyProcesses(count: number, parallel: number): Promise<number> {
  const began = performance.now()
  await promisify(execFile)("sh", ["-c", `seq ${count} | xargs -P ${parallel} -n 1 "$0" -e 0`, process.execPath])
  return (performance.now() - began) / 1000
}

function completedIn(document: string): number {
  return (JSON.parse(document) as { readonly counts: { readonly completed: number } }).counts.completed
}
