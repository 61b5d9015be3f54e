// dist/main.js: starts the bundle, by V8's code cache of this command where the folder has one (scripts/fill-code-cache.mjs).
// A cache of another V8 or of another code is refused by V8 itself, and the code compiled as ever.
const { existsSync, readFileSync } = process.getBuiltinModule("node:fs")
const { createRequire, enableCompileCache } = process.getBuiltinModule("node:module")
const { join } = process.getBuiltinModule("node:path")

const code = join(import.meta.dirname, "code.cjs")
const cache = join(import.meta.dirname, `${process.argv[2]}.cache`)
const start = existsSync(cache) ? fromCache() : fromNode()
start(import.meta.filename)

/** Has every function that the command runs, where Node's own cache has only what is compiled before anything runs. */
function fromCache() {
  const { Script } = process.getBuiltinModule("node:vm")
  // The code is ASCII: read as such, it is not decoded.
  const script = new Script(readFileSync(code, "latin1"), { filename: code, cachedData: readFileSync(cache) })
  return script.runInThisContext()
}

function fromNode() {
  enableCompileCache()
  return createRequire(import.meta.url)(code)
}
