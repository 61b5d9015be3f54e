// Which objects a channel has, by SageMaker's rules for S3, in folders of this machine.
// Copies nothing: it only says what lies where.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Channel } from "../../../../core/job/job-spec.ts"
import { walkFolder } from "../../../disk/walk-folder.ts"
import type { JobDescription } from "../job-description.ts"
import { locate } from "../locate.ts"

export interface ChannelObject {
  /** Path below the channel's folder, with `/` between names. */
  readonly key: string
  /** Absolute path of the file. */
  readonly path: string
  readonly bytes: number
}

type Places = Pick<JobDescription, "storageMap" | "stateFolder">

/** Channels that name nothing, each with where it was looked for; empty: all are there. */
export function missingInputs(channels: readonly Channel[], places: Places): readonly string[] {
  return channels.flatMap((channel) => {
    const path = locate(channel.uri, places)
    if (path !== null && sourceOf(path) !== null) return []
    const looked = path === null ? "it has no place on this machine" : `looked in ${path}`
    const mend = channel.uri.startsWith("s3://") ? "; name its folder under storage.map in regatta.yaml" : ""
    return [`channel.${channel.name}: nothing is at ${channel.uri} (${looked})${mend}`]
  })
}

/** The folder that a channel replicates whole; null: it is not one folder. */
export function wholeFolder(channel: Channel, places: Places): string | null {
  if (channel.dataType !== "S3Prefix" || channel.distribution !== "FullyReplicated") return null
  const path = locate(channel.uri, places)
  const source = path === null ? null : sourceOf(path)
  return source?.kind === "folder" ? source.path : null
}

/** All objects of a channel in the order of their keys. Throws what it cannot find, named. */
export async function listObjects(channel: Channel, places: Places): Promise<readonly ChannelObject[]> {
  const path = locate(channel.uri, places)
  const source = path === null ? null : sourceOf(path)
  if (source === null) throw new Error(`channel ${channel.name}: nothing is at ${channel.uri}`)
  if (channel.dataType === "ManifestFile") return manifestObjects(channel, readFileSync(source.path, "utf8"), places)
  switch (source.kind) {
    case "folder":
      return objectsBelow(source.path, () => true)
    case "file":
      return [objectAt(basename(source.path), source.path)]
    case "prefix":
      return objectsBelow(dirname(source.path), (path) => path.startsWith(basename(source.path)))
    default:
      return source.kind satisfies never
  }
}

/** ShardedByS3Key: every object to one host, in turn by key; with fewer objects than hosts some hosts get none. */
export function shardObjects<Item>(objects: readonly Item[], hosts: number, host: number): readonly Item[] {
  return objects.filter((_object, index) => index % hosts === host)
}

interface Source {
  readonly kind: "folder" | "file" | "prefix"
  readonly path: string
}

/** A folder or a file of this name, else what in the folder above begins with it: S3 matches prefixes as texts. */
function sourceOf(path: string): Source | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return { kind: "folder", path }
  if (path.endsWith("/")) return null
  if (stats !== undefined) return { kind: "file", path }
  const isPrefix =
    existsSync(dirname(path)) && readdirSync(dirname(path)).some((name) => name.startsWith(basename(path)))
  return isPrefix ? { kind: "prefix", path } : null
}

async function objectsBelow(folder: string, enter: (path: string) => boolean): Promise<readonly ChannelObject[]> {
  const objects: ChannelObject[] = []
  for await (const { path, bytes } of walkFolder(folder, enter)) {
    objects.push({ key: path, path: join(folder, path), bytes })
  }
  return objects
}

/** S3's manifest: `[{"prefix": "s3://bucket/folder/"}, "key", …]`. */
function manifestObjects(channel: Channel, text: string, places: Places): readonly ChannelObject[] {
  const [head, ...keys] = JSON.parse(text) as readonly [{ readonly prefix?: unknown }?, ...unknown[]]
  if (typeof head?.prefix !== "string") {
    throw new Error(`channel ${channel.name}: ${channel.uri} begins with no {"prefix": "s3://…"}`)
  }
  const { prefix } = head
  return keys.map((key) => {
    const path = typeof key === "string" ? locate(`${prefix}${key}`, places) : null
    if (path === null || !existsSync(path)) {
      throw new Error(`channel ${channel.name}: ${channel.uri} names ${prefix}${String(key)}, which is not there`)
    }
    return objectAt(String(key), path)
  })
}

function objectAt(key: string, path: string): ChannelObject {
  return { key, path, bytes: statSync(path).size }
}
