// A data set's listing as it was planned: compared as a whole before anything is copied, and again page by page while it is.
// It keeps two numbers for a thousand objects, however many there are.
import { RegattaError } from "../core/errors.ts"
import { type TextHash, textHash } from "../core/manifest/text-hash.ts"
import { ListingHash } from "../core/placement/copy-target.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { ObjectStore, StoredObject } from "../ports/object-store.ts"
import type { World } from "../ports/world.ts"

/** As many as a page of S3's own lists. */
const PAGE = 1000

interface Ports {
  readonly objects: Pick<ObjectStore, "list">
  readonly world: Pick<World, "digest">
}

/** Lists the source to its end. Error `changed`: it is not what was planned; else what listing throws. */
export async function pagesOfPlan({ objects, world }: Ports, copy: PlannedCopy): Promise<readonly TextHash[]> {
  const hash = new ListingHash(copy.source, world.digest())
  const pages: TextHash[] = []
  for await (const page of pagesOf(objects, copy)) {
    for (const object of page) hash.add(object)
    pages.push(hashOf(page))
  }
  if (hash.end().hash !== copy.listing) throw changed(copy)
  return pages
}

/** The objects in order, none that was not planned: a page that differs is `changed`. */
export async function* plannedObjects(
  { objects }: Pick<Ports, "objects">,
  copy: PlannedCopy,
  pages: readonly TextHash[],
): AsyncGenerator<StoredObject> {
  let at = 0
  for await (const page of pagesOf(objects, copy)) {
    const planned = pages[at]
    at += 1
    const [first, second] = hashOf(page)
    if (planned?.[0] !== first || planned[1] !== second) throw changed(copy)
    yield* page
  }
  if (at !== pages.length) throw changed(copy)
}

async function* pagesOf(
  objects: Pick<ObjectStore, "list">,
  { source, from }: PlannedCopy,
): AsyncGenerator<readonly StoredObject[]> {
  let page: StoredObject[] = []
  for await (const object of objects.list(source, from)) {
    page.push(object)
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

function hashOf(page: readonly StoredObject[]): TextHash {
  return textHash(page.map(({ uri, etag, bytes }) => JSON.stringify([uri, etag, bytes])).join("\n"))
}

function changed({ source, from }: PlannedCopy): RegattaError {
  return new RegattaError("changed", `${source} (${from}) is not what was planned: its objects have changed since`, {
    hint: "submit the manifest again: that plans anew, and is a new run",
    fields: { uri: source, region: from },
  })
}
