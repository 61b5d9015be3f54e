import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"

/** Before a row's first claim: the file must still be the one that the run was made of. Error `changed`. */
export async function refuseChangedFile(
  objects: Pick<OpenPorts["objects"], "stat">,
  run: Pick<RunRecord, "run" | "manifest">,
): Promise<void> {
  const { object } = run.manifest
  if (object === undefined) return
  const now = await objects.stat(object.uri, object.region)
  if (now?.etag === object.etag) return
  const what = now === null ? "is not there any more" : "was changed"
  throw new RegattaError("changed", `${object.uri} ${what} after run ${run.run} was made of it`, {
    hint: "submit the array again: that is a new run",
    fields: { uri: object.uri, run: run.run },
  })
}
