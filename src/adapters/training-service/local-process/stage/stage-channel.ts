import { constants } from "node:fs"
import { copyFile, mkdir, symlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Channel } from "../../../../core/job/job-spec.ts"
import type { JobDescription } from "../job-description.ts"
import { type ChannelObject, listObjects, shardObjects, wholeFolder } from "./channel-objects.ts"

/** Up to this the trainer gets files of its own, as in a container; above it links, so that a try costs no second disk. */
export const MOST_COPIED_BYTES = 256 * 1024 * 1024

/**
 * Gives every host its share of a channel under `input/data/<name>`. Returns what the log should say of it. Stops between
 * files once the signal fires.
 */
export async function stageChannel(
  channel: Channel,
  description: Pick<JobDescription, "storageMap" | "stateFolder">,
  hostFolders: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const objects = await listObjects(channel, description)
  const isSharded = channel.distribution === "ShardedByS3Key"
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0) * (isSharded ? 1 : hostFolders.length)
  const isCopied = bytes <= MOST_COPIED_BYTES
  const whole = isCopied ? null : wholeFolder(channel, description)
  for (const [host, folder] of hostFolders.entries()) {
    const target = join(folder, "input", "data", channel.name)
    if (whole === null) {
      const share = isSharded ? shardObjects(objects, hostFolders.length, host) : objects
      await placeObjects(share, target, isCopied, signal)
    } else {
      await symlink(whole, target)
    }
  }
  return notesOf(channel, isCopied, bytes)
}

function notesOf(channel: Channel, isCopied: boolean, bytes: number): readonly string[] {
  return [
    ...(channel.inputMode === "FastFile" ? [`channel ${channel.name}: FastFile is read as File on local`] : []),
    ...(isCopied ? [] : [`channel ${channel.name}: ${bytes} bytes are linked, not copied: do not write into it`]),
  ]
}

async function placeObjects(
  objects: readonly ChannelObject[],
  target: string,
  isCopied: boolean,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(target, { recursive: true })
  const made = new Set([target])
  for (const { key, path } of objects) {
    if (signal.aborted) return
    const to = join(target, key)
    if (!made.has(dirname(to))) await mkdir(dirname(to), { recursive: true })
    made.add(dirname(to))
    // A file system that can, shares the blocks until one side writes.
    if (isCopied) await copyFile(path, to, constants.COPYFILE_FICLONE)
    else await symlink(path, to)
  }
}
