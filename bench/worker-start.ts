import { join } from "node:path"
import { type Benchmark, compared, median, type Result } from "./result.ts"
import { BUNDLE, millisecondsUntil, SOURCE, timedNode } from "./timed-process.ts"
import { inWorkspace, writeManifest } from "./workspace.ts"

const STARTS = 15

/** From the start of a worker's process until it has its row, unbundled and bundled, against a Node that does nothing. */
export const workerStart: Benchmark = () =>
  inWorkspace(async (folder) => {
    const manifest = writeManifest(folder, 1, 1)
    const submitted = await timedNode([BUNDLE, "submit", manifest, "--wait", "-y", "-o", "json"], { cwd: folder })
    const env = {
      REGATTA_RUN: runIdOf(submitted.stdout),
      REGATTA_ROW_INDEX: "0",
      REGATTA_TABLE: `sqlite:${join(folder, ".regatta", "table.sqlite")}`,
      REGATTA_HOME: join(folder, ".regatta"),
      REGATTA_ON: "local",
      REGATTA_LOG: "info",
    }
    const taken: Record<"bare" | "source" | "bundle", number[]> = { bare: [], source: [], bundle: [] }
    for (let start = 0; start < STARTS; start++) {
      taken.bare.push(await millisecondsUntil("here", ["-e", 'process.stderr.write("here")']))
      taken.source.push(await millisecondsUntil("row in hand", [SOURCE, "worker"], { env }))
      taken.bundle.push(await millisecondsUntil("row in hand", [BUNDLE, "worker"], { env }))
    }
    const bare = median(taken.bare)
    const unit = "ms to the row in hand, against node -e"
    const results: readonly Result[] = [
      compared("worker-start/source", unit, median(taken.source), bare),
      compared("worker-start/bundle", unit, median(taken.bundle), bare),
    ]
    return results
  })

function runIdOf(document: string): string {
  return (JSON.parse(document) as { readonly run: { readonly id: string } }).run.id
}
