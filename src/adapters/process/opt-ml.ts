// Makes `/opt/ml` a real path for a trainer: its host's folder, bound in a mount namespace of its own.
// Never mounts in the machine's own namespace and never makes a folder outside the state folder.
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { hostname, userInfo } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { isLinux } from "./identity.ts"
import { readJson, replaceFile } from "./job-folder.ts"

export const OPT_ML = "/opt/ml"

/** How this machine lets us bind: as root, in a user namespace, or not. */
export type BindMode = "root" | "user" | "none"

export interface Binding {
  readonly mode: BindMode
  /** Folder with an empty `ml` in it, laid over `/opt` where the machine has no `/opt/ml`. */
  readonly layer: string
}

/** What the trainer of a host finds in its namespace. */
export interface BoundHost {
  readonly folder: string
  /** Laid over /etc/hosts, so that the hosts' names are known. */
  readonly hostsFile: string
}

// An overlay of two lower layers is read-only, which is as much as a trainer may do to the rest of /opt.
const ENTER = `set -e
[ -d /opt/ml ] || mount -t overlay overlay -o "lowerdir=$1:/opt" /opt
mount --bind "$2" /opt/ml
[ ! -f /etc/hosts ] || mount --bind "$3" /etc/hosts
cd /opt/ml/code
shift 3
exec "$@"`

/** The command, run where its host's folder is `/opt/ml`. A shell drops variables whose names it does not like: they are given again behind it. */
export function boundCommand(
  binding: Binding,
  host: BoundHost,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): readonly [string, ...string[]] {
  const odd = Object.entries(env).filter(([name]) => !/^[A-Za-z_]\w*$/.test(name))
  const again = odd.length === 0 ? [] : ["env", ...odd.map(([name, value]) => `${name}=${value}`)]
  const enter = ["sh", "-c", ENTER, "sh", binding.layer, host.folder, host.hostsFile]
  if (binding.mode === "root") return ["unshare", "--mount", ...enter, ...again, ...command]
  // Root only as long as it takes to mount: the trainer is the user again, as others on this machine see it.
  const { uid, gid } = userInfo()
  const asUser = ["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`]
  return ["unshare", "--map-root-user", "--mount", ...enter, ...asUser, ...again, ...command]
}

/** Says how this machine lets us bind. Tried once per boot and user; the answer is kept in the state folder. */
export async function probeBinding(stateFolder: string): Promise<Binding> {
  const layer = join(stateFolder, "opt-ml", "layer")
  const kept = join(stateFolder, "opt-ml", "probe.json")
  const asked = isLinux ? askedOf(stateFolder) : null
  if (asked === null) return { mode: "none", layer }
  const answer = readJson(kept) as { readonly asked?: unknown; readonly mode?: BindMode } | null
  if (answer?.asked === asked && answer.mode !== undefined) return { mode: answer.mode, layer }
  const mode = await tryModes(stateFolder, layer)
  replaceFile(kept, JSON.stringify({ asked, mode }))
  return { mode, layer }
}

async function tryModes(stateFolder: string, layer: string): Promise<BindMode> {
  mkdirSync(join(layer, "ml"), { recursive: true })
  const modes: readonly BindMode[] = userInfo().uid === 0 ? ["root", "user"] : ["user"]
  for (const mode of modes) {
    if (await canBind({ mode, layer }, stateFolder)) return mode
  }
  return "none"
}

/** Binds for a command that writes a file, and looks for that file. */
async function canBind(binding: Binding, stateFolder: string): Promise<boolean> {
  // An overlay shows no mounts below /opt: what trains may be in one.
  if (/ \/opt\/\S+ /.test(readFileSync("/proc/self/mountinfo", "utf8"))) return false
  const folder = mkdtempSync(join(stateFolder, "opt-ml", "probe-"))
  try {
    mkdirSync(join(folder, "code"))
    writeFileSync(join(folder, "hosts"), "")
    const host = { folder, hostsFile: join(folder, "hosts") }
    const script = "echo written > /opt/ml/code/proof"
    const [file, ...args] = boundCommand(binding, host, {}, ["sh", "-c", script])
    await promisify(execFile)(file, args)
    return readFileSync(join(folder, "code", "proof"), "utf8") === "written\n"
  } catch {
    // Whatever the reason (no unshare, no right, no overlay): values are rewritten then, and the log says so.
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function askedOf(stateFolder: string): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()
  return `${hostname()} ${boot} ${userInfo().uid} ${stateFolder}`
}

/** The same texts with `/opt/ml` at the beginning of a value replaced by the host's folder. */
export function rewriteOptMl(value: string, folder: string): string {
  return value === OPT_ML || value.startsWith(`${OPT_ML}/`) ? `${folder}${value.slice(OPT_ML.length)}` : value
}

/** Hyperparameters with `/opt/ml` rewritten, in a JSON string too. */
export function rewriteHyperparameters(
  sent: Readonly<Record<string, string>>,
  folder: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(sent).map(([name, text]) => [
      name,
      text.startsWith(`"${OPT_ML}`)
        ? JSON.stringify(rewriteOptMl(JSON.parse(text) as string, folder))
        : rewriteOptMl(text, folder),
    ]),
  )
}
