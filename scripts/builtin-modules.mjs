// How the bundle reads Node's own modules: as plain objects.
// It changes nothing of what they do. An import of node:http reads its every export, WebSocket's included, and so loads the
// whole HTTP client of `fetch`: 25 to 30 ms of a worker's start for nothing.
import { builtinModules } from "node:module"

const NAMES = new Set(builtinModules)

/** A plugin of esbuild. */
export const builtinModulesByName = {
  name: "builtin-modules-by-name",
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?[a-z][a-z\d_/]*$/ }, ({ path }) => {
      const isBuiltin = path.startsWith("node:") || NAMES.has(path)
      return isBuiltin ? { path: path.replace(/^node:/, ""), namespace: "builtin", sideEffects: false } : undefined
    })
    build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}")`,
      loader: "js",
    }))
  },
}
