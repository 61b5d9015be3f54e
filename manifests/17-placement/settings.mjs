// Prints what settings.sql gives of a catalog in SQLite: node settings.mjs catalog.sqlite
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error("usage: node settings.mjs CATALOG.sqlite")
  process.exit(2)
}
const { DatabaseSync } = await import("node:sqlite").catch(againUnderOwnNode)
const query = readFileSync(join(import.meta.dirname, "settings.sql"), "utf8")
const lines = new DatabaseSync(file, { readOnly: true }).prepare(query).all()
process.stdout.write(lines.map(({ line }) => `${line}\n`).join(""))

/** Node has SQLite since 22.13; the `node` package beside Regatta is new enough. */
function againUnderOwnNode() {
  const binary = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node")
  const { status } = spawnSync(binary, process.argv.slice(1), { stdio: "inherit" })
  process.exit(status ?? 1)
}
