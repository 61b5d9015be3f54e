// Fills V8's code cache (NODE_COMPILE_CACHE) for a bundled folder: reads each of its files once, and runs what starts often.
// It makes no call to anything but this folder's own code.
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"

const [, , folder = "dist"] = process.argv
const MAIN = "main.js"

const run = (...parameters) => spawnSync(process.execPath, [join(folder, MAIN), ...parameters], { encoding: "utf8" })

// main.js is the entry: importing it would start a command.
for (const name of readdirSync(folder)) {
  if (name.endsWith(".js") && name !== MAIN) await import(pathToFileURL(resolve(folder, name)).href)
}
const { status, stderr } = run("version")
if (status !== 0) throw new Error(`version exited ${status}: ${stderr}`)
run("worker")
