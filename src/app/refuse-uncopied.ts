import { RegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { copyFolder, copyKey } from "../core/placement/copy-record.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { copiesDone } from "./copies-done.ts"

/** Refuses a row whose data is still to be copied to its region: its training would find nothing, or a part. Error `refused`. */
export async function refuseUncopied(
  ports: Pick<OpenPorts, "table">,
  run: Pick<RunRecord, "run" | "copies">,
  { index, region, channels, copiedFrom }: JobSpec,
): Promise<void> {
  if (copiedFrom === undefined) return
  const done = await copiesDone(ports, run.run)
  const missing = (run.copies ?? []).find((copy) => {
    const isRead = channels.some(({ uri }) => uri.startsWith(copyFolder(copy)))
    return isRead && copy.to === region && !done.has(copyKey(copy))
  })
  if (missing === undefined) return
  throw new RegattaError(
    "refused",
    `row ${index} of ${run.run} waits for ${missing.source} to be copied to ${region}`,
    {
      hint: `\`regatta submit --resume ${run.run}\` copies it`,
      fields: { run: run.run, row: index },
    },
  )
}
