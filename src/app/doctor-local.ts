import type { Config } from "../core/config/config.ts"
import type { MachineBook } from "../ports/machine-book.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import { TABLE_SCHEMA } from "../ports/run-table.ts"
import { advice, type Check, looking, right, wrong } from "./doctor-check.ts"

const OLDEST_NODE = 20

/** What the platform local needs: this machine. */
export interface LocalLook {
  readonly files: Pick<OpenPorts["files"], "findProgram">
  readonly machine: MachineBook
  /** null: there is none yet. Errors as of the table. */
  readonly existingTable: () => Promise<RunTable | null>
}

/** What is not right on this machine for runs on local. Makes and changes nothing. */
export async function checkLocal(
  look: LocalLook,
  config: Pick<Config, "stateFolder" | "table" | "prefix">,
): Promise<readonly Check[]> {
  const { machine } = look
  return [
    nodeCheck(machine.node),
    ...(await looking("state folder", async () =>
      folderCheck(config.stateFolder, await machine.isWritable(config.stateFolder)),
    )),
    ...(await looking("central table", async () => tableCheck(await look.existingTable(), config))),
    await programCheck(look.files, "python3", "rows with a Python script need it", "python3"),
    await programCheck(look.files, "mpirun", "rows with distribution mpi need it", "openmpi-bin"),
  ]
}

function nodeCheck(version: string): Check {
  const major = Number(version.split(".")[0])
  if (major >= OLDEST_NODE) return right("node", version)
  return wrong("node", version, `install Node ${OLDEST_NODE} or newer`, "unsupported")
}

function folderCheck(folder: string, isWritable: boolean): Check {
  if (isWritable) return right("state folder", `${folder} is writable`)
  return wrong(
    "state folder",
    `${folder} is not writable`,
    "change its rights, or name another in REGATTA_HOME",
    "denied",
  )
}

/** Reads the newest run: a table that answers that is there, readable and of a layout that is known. */
export async function tableCheck(table: RunTable | null, config: Pick<Config, "table" | "prefix">): Promise<Check> {
  const name = "central table"
  if (table === null) return right(name, `none yet at ${config.table}: it will be made by the first submission`)
  for await (const run of table.listRuns(config.prefix)) {
    if (run.schema <= TABLE_SCHEMA) break
    const detail = `${config.table} holds runs of layout ${run.schema}, and this version knows ${TABLE_SCHEMA}`
    return wrong(name, detail, "update regatta", "unsupported")
  }
  return right(name, `${config.table} answers, layout ${TABLE_SCHEMA}`)
}

async function programCheck(files: LocalLook["files"], program: string, who: string, debian: string): Promise<Check> {
  const found = await files.findProgram(program, null)
  if (found !== null) return right(program, found)
  return advice(program, `is not on the PATH: ${who}`, `on Debian and Ubuntu, apt-get install ${debian}`)
}
