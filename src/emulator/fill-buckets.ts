import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, resolve, sep } from "node:path"
import type { World } from "../core/config/world-file.ts"
import { RegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { EmulatedAccount } from "./emulated-account.ts"

/** Makes the world's buckets. `folder`: where relative paths begin. Error `notFound`: a bucket's folder is not there. */
export function fillBuckets({ s3, id }: EmulatedAccount, world: World, folder: string, now: Instant): void {
  for (const [name, bucket] of Object.entries(world.buckets ?? {})) {
    s3.addBucket(name, bucket.region, id, now)
    if (bucket.folder !== undefined) {
      const from = resolve(folder, bucket.folder)
      for (const file of filesIn(from, name)) {
        const key = relative(from, file).split(sep).join("/")
        s3.put(name, key, readFileSync(file), now)
      }
    }
    for (const [key, text] of Object.entries(bucket.objects ?? {})) s3.put(name, key, Buffer.from(text), now)
  }
}

function filesIn(folder: string, bucket: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RegattaError("notFound", `the folder of bucket ${bucket} is not there: ${folder}`, {
      fields: { path: folder },
    })
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
