// The copy that a schedule's firings read: the manifest (or what fills it), its regatta.yaml and the code that its rows name, below
// the project's own objects, each where it lies as seen from the others. It plans nothing; what lies elsewhere is not found from there.
import { RegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import type { CodeSource } from "../core/job/code-source.ts"
import { folderOf, lastName } from "../core/paths.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { isPacked } from "./pack-code.ts"

type PinPorts = Pick<OpenPorts, "files" | "objects" | "world">

const HASH_LENGTH = 16

/**
 * The schedule with its manifest and configuration in S3; `besides` are files that these name. The copy is named by its content: made twice it is there once. Errors:
 * `changed` (a file was written to meanwhile), and what reading and storing throw.
 */
export async function pinSchedule(
  ports: PinPorts,
  region: string,
  schedule: Schedule,
  code: readonly CodeSource[],
  besides: readonly string[] = [],
): Promise<Schedule> {
  const { manifest, config } = schedule
  const roots = [manifest, ...(config === null ? [] : [config]), ...code.flatMap(pathsOf), ...besides]
  const files = [...new Set((await Promise.all(roots.map((root) => filesBelow(ports, root)))).flat())].toSorted()
  const top = commonFolder(files)
  const nameOf = (file: string) => file.slice(top.length)
  const hashes = new Map<string, string>()
  for (const file of files) hashes.set(file, await hashOf(ports, file))
  const whole = ports.world.digest()
  for (const [file, hash] of hashes) whole.update(`${hash} ${nameOf(file)}\n`)
  const base = `${copiesOf(ports.objects, region, schedule.name)}${whole.hex().slice(0, HASH_LENGTH)}/`
  for (const [file, hash] of hashes)
    await ports.objects.put(`${base}${nameOf(file)}` as Uri, region, unchanged(ports, file, hash))
  const there = (path: string) => `${base}${nameOf(path)}`
  return { ...schedule, manifest: there(manifest), config: config === null ? null : there(config) }
}

/** What `pinSchedule` stored for this schedule and may go with it. Files of the user's own in S3 are none of it. */
export async function pinnedFiles(
  { objects }: Pick<OpenPorts, "objects">,
  region: string,
  { name, manifest, config }: Pick<Schedule, "name" | "manifest" | "config">,
): Promise<readonly Uri[]> {
  const top = copiesOf(objects, region, name)
  const copies = [manifest, config ?? ""].flatMap((path) =>
    path.startsWith(top) ? [`${top}${path.slice(top.length).split("/")[0]}/` as Uri] : [],
  )
  const found = await Promise.all([...new Set(copies)].map((copy) => Array.fromAsync(objects.list(copy, region))))
  return found.flat().map(({ uri }) => uri)
}

function copiesOf(objects: Pick<OpenPorts["objects"], "home">, region: string, name: string): string {
  return `${objects.home(region)}schedules/${name}/`
}

function pathsOf({ folder, entry, dependencies }: CodeSource): readonly string[] {
  return [folder ?? entry, ...dependencies]
}

async function filesBelow({ files }: Pick<OpenPorts, "files">, root: string): Promise<readonly string[]> {
  if ((await files.kind(root)) !== "folder") return [root]
  return (await files.list(root, isPacked)).map(({ path }) => `${root}/${path}`)
}

/** The longest folder that all lie below, with a slash at its end. */
function commonFolder(files: readonly string[]): string {
  const folders = files.map((file) => `${folderOf(file)}/`.replace("//", "/"))
  let common = folders[0] ?? "/"
  while (!folders.every((folder) => folder.startsWith(common))) common = `${folderOf(common)}/`.replace("//", "/")
  return common
}

async function hashOf({ files, world }: Pick<OpenPorts, "files" | "world">, file: string): Promise<string> {
  const digest = world.digest()
  for await (const chunk of files.stream(file)) digest.update(chunk)
  return digest.hex()
}

/** The file once more, only if it is still what its copy is named by. */
async function* unchanged(
  { files, world }: Pick<OpenPorts, "files" | "world">,
  file: string,
  hash: string,
): AsyncGenerator<Uint8Array> {
  const digest = world.digest()
  for await (const chunk of files.stream(file)) {
    digest.update(chunk)
    yield chunk
  }
  if (digest.hex() !== hash)
    throw new RegattaError("changed", `${lastName(file)} changed while it was copied`, { fields: { path: file } })
}
