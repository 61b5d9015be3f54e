import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import type { ObjectRef } from "../core/run/run.ts"
import type { ObjectStore } from "../ports/object-store.ts"

/** An object of the user's as it is now: in the home region, or where its bucket turns out to be. Error `notFound`: there is none. */
export async function statAnywhere(objects: Pick<ObjectStore, "stat">, uri: Uri, home: string): Promise<ObjectRef> {
  const found = await statFrom(objects, uri, home)
  if (found !== null) return found
  throw new RegattaError("notFound", `there is no object ${uri}`, { fields: { uri } })
}

async function statFrom(objects: Pick<ObjectStore, "stat">, uri: Uri, home: string): Promise<ObjectRef | null> {
  try {
    return await objects.stat(uri, home)
  } catch (error) {
    // The store says where a bucket of another region is.
    const region = isRegattaError(error, "invalid") ? error.fields["bucketRegion"] : undefined
    if (typeof region !== "string" || region === home) throw error
    return objects.stat(uri, region)
  }
}
