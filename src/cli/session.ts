// What a command works with: the configuration in force, the ports it makes, and who is asking.
// It opens nothing by itself: a command opens the ports it needs.
import type { LoopPorts } from "../app/loop-ports.ts"
import { readPinnedRow, rowFinder, streamPinnedRows } from "../app/pin-manifest.ts"
import type { Config } from "../core/config/config.ts"
import { ownerId } from "../core/decision/owner.ts"
import { RegattaError } from "../core/errors.ts"
import type { OwnerId } from "../core/ids.ts"
import type { PlatformName } from "../core/run/run.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { Compose, OpenPorts, Ports } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Shell } from "../ports/world.ts"
import { ERASE_LINE } from "./say-late.ts"

/** Where a session's configuration is looked for, and what overrides it. */
export interface SessionRequest {
  /** Absolute path of the manifest: the search for regatta.yaml begins in its folder. */
  readonly manifest?: string
  /** The regatta.yaml itself; null: none. Missing: `--config`, else the search. */
  readonly config?: string | null
  /** In place of `--on`. */
  readonly on?: PlatformName
  /** In place of the folder that the configuration names. */
  readonly stateFolder?: string
}

export interface Session {
  readonly config: Config
  readonly files: FileSystem
  /** ` --config <file>` and the like: what a command typed next, in the same folder, needs to find this session's runs. */
  readonly flags: string
  /** This process as an owner of rows. */
  readonly me: OwnerId
  /** Ports of the platform, not opened. Error `unsupported`: the platform is not built yet. */
  ports(): Ports
  /** All that a command about a run may need, opened; the table is made where there is none. */
  open(): Promise<RunPorts>
  /** As `open`, for commands that only look: where there is no table yet, error `notFound` and nothing is made. */
  openExisting(): Promise<RunPorts>
  /** The table alone; null: there is none yet. */
  existingTable(): Promise<RunTable | null>
  close(): Promise<void>
}

/** Everything that a command about a run may need, opened. */
export type RunPorts = OpenPorts &
  LoopPorts & {
    /** Who calls, as runs name their owner. */
    readonly owner: string
  }

const SQLITE = "sqlite:"

export function createSession(
  shell: Shell,
  compose: Compose,
  config: Config,
  files: FileSystem,
  flags: string,
): Session {
  let made: Ports | null = null
  const ports = () => {
    made ??= compose(config, shell)
    return made
  }
  const hasTable = async () => {
    if (!config.table.startsWith(SQLITE)) return true
    return (await files.kind(config.table.slice(SQLITE.length))) !== null
  }
  async function existingTable(): Promise<RunTable | null> {
    if (!(await hasTable())) return null
    const { existingTable: existing, table } = ports()
    return existing === undefined ? table() : existing()
  }
  return {
    config,
    // On aws a manifest and what it names may lie in S3.
    get files() {
      return config.on === "aws" ? ports().files : files
    },
    flags,
    me: ownerId({ kind: "command", process: shell.process }),
    ports,
    open: () => openPorts(shell, ports()),
    async openExisting() {
      if ((await existingTable()) !== null) return openPorts(shell, ports())
      throw new RegattaError("notFound", `there is no run yet: no central table at ${config.table}`, {
        hint: "`regatta submit MANIFEST` makes a run; --config or REGATTA_HOME name another place",
      })
    },
    existingTable,
    close: async () => made?.close(),
  }
}

async function openPorts(shell: Shell, ports: Ports): Promise<RunPorts> {
  const [{ name: owner }, table, objects, training, queue, logs] = await Promise.all([
    ports.caller(),
    ports.table(),
    ports.objects(),
    ports.training(),
    ports.queue(),
    ports.logs(),
  ])
  const said = new Set<string>()
  queue.onWait?.((text) => {
    if (said.has(text)) return
    said.add(text)
    shell.err(`${shell.isInteractive ? ERASE_LINE : ""}${text}\n`)
  })
  return {
    owner,
    files: ports.files,
    table,
    objects,
    training,
    queue,
    logs,
    timing: ports.timing,
    world: shell,
    specOf: (run, index) => readPinnedRow(objects, run, index),
    specsOf: (run) => streamPinnedRows(objects, run),
    rowOf: rowFinder(objects),
  }
}
