// How the bundle reads HiGHS: its code among the rest, its WebAssembly as a file beside the bundle.
// It changes nothing of what the solver does. Inside the code the 3.5 MB would be read at every start.
import { readFile } from "node:fs/promises"

/** Name of the file in the bundle's folder. */
export const SOLVER_FILE = "highs.wasm"

const CREATE_REQUIRE = 'const{createRequire}=await import("node:module");'

/** A plugin of esbuild. */
export const wasmBeside = {
  name: "wasm-beside",
  setup(build) {
    build.onLoad({ filter: /node_modules[\\/]highs[\\/]build[\\/]highs\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8")
      if (!text.includes(CREATE_REQUIRE)) return { errors: [{ text: "highs finds Node's modules in another way now" }] }
      // The bundle is CommonJS in the end: it knows the path of the started file alone, and has Node's modules as objects.
      const contents = `import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
const __url = pathToFileURL(import.meta.filename).href
${text.replace(CREATE_REQUIRE, "").replaceAll("import.meta.url", "__url")}`
      return { contents, loader: "js" }
    })
  },
}
