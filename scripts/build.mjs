// Bundles src into dist (or the folder named): one folder that needs no node_modules, for the package and for the worker's image.
import { rm } from "node:fs/promises"
import { build } from "esbuild"
import { builtinModulesByName } from "./builtin-modules.mjs"
import { namedImports } from "./named-imports.mjs"
import { plainSchemas } from "./plain-schemas.mjs"

const outdir = process.argv[2] ?? "dist"
await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints: { main: "src/cli/main.ts" },
  outdir,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "esm",
  splitting: true,
  minify: true,
  mainFields: ["module", "main"],
  chunkNames: "[name]-[hash]",
  plugins: [builtinModulesByName, namedImports, plainSchemas],
  legalComments: "linked",
  logLevel: "warning",
})
