// `run-and-cache.mjs DIST COMMAND [ARGUMENTS]`: runs a command of the bundle to its end, and leaves V8's code cache of it in
// DIST/COMMAND.cache. It starts from no cache, and is no part of what is shipped.
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Script } from "node:vm"

const [, , folder, ...command] = process.argv
const dist = resolve(folder)
const code = join(dist, "code.cjs")
const main = join(dist, "main.js")
const script = new Script(readFileSync(code, "latin1"), { filename: code })
process.argv = [process.execPath, main, ...command]
process.on("exit", () => writeFileSync(join(dist, `${command[0]}.cache`), script.createCachedData()))
script.runInThisContext()(main)
