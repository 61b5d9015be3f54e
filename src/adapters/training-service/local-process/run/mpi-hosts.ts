import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** How the ranks of one host are started on this machine. */
export interface RankHost {
  readonly name: string
  readonly cwd: string
  /** Variables in which the host differs from the leader, under which mpirun runs. */
  readonly env: Readonly<Record<string, string>>
  readonly command: readonly string[]
}

/**
 * Writes the script that every rank begins as: ranks are dealt out to hosts in turn of `processesPerHost`, and each becomes its
 * host's own command, with that host's variables. Returns its path.
 */
export function writeRankScript(folder: string, hosts: readonly RankHost[], processesPerHost: number): string {
  const file = join(folder, "rank.sh")
  const cases = hosts.map((host, index) => {
    const variables = Object.entries(host.env).map(([name, value]) => quoted(`${name}=${value}`))
    const command = host.command.map(quoted)
    return `${index}) cd ${quoted(host.cwd)} && exec env ${[...variables, ...LOCAL_RANK, ...command].join(" ")};;`
  })
  const lines = [
    "#!/bin/sh",
    `per_host=${processesPerHost}`,
    'case "$((OMPI_COMM_WORLD_RANK / per_host))" in',
    ...cases,
    'esac; echo "regatta: rank $OMPI_COMM_WORLD_RANK has no host" >&2; exit 70',
  ]
  writeFileSync(file, `${lines.join("\n")}\n`)
  chmodSync(file, 0o755)
  return file
}

/** All hosts are this machine to mpirun; to a rank its host is a machine of its own. */
const LOCAL_RANK = [
  '"OMPI_COMM_WORLD_LOCAL_RANK=$((OMPI_COMM_WORLD_RANK % per_host))"',
  '"OMPI_COMM_WORLD_LOCAL_SIZE=$per_host"',
]

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
