// Bundles src into dist (or the folder named): one folder that needs no node_modules, for the package and for the worker's image.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, join } from "node:path"
import { build } from "esbuild"
import { builtinModulesByName } from "./builtin-modules.mjs"
import { namedImports } from "./named-imports.mjs"
import { packChunks } from "./pack-chunks.mjs"
import { pinoWithoutThreads } from "./pino-without-threads.mjs"
import { plainSchemas } from "./plain-schemas.mjs"
import { SOLVER_FILE, wasmBeside } from "./wasm-beside.mjs"

const ENTRY = "main.js"
const LAUNCHER = join(import.meta.dirname, "launcher.mjs")

const outdir = process.argv[2] ?? "dist"
const { outputFiles } = await build({
  entryPoints: { main: "src/cli/main.ts" },
  outdir,
  write: false,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "esm",
  splitting: true,
  minify: true,
  mainFields: ["module", "main"],
  chunkNames: "[name]-[hash]",
  plugins: [pinoWithoutThreads, builtinModulesByName, namedImports, plainSchemas, wasmBeside],
  legalComments: "external",
  logLevel: "warning",
})
const texts = outputFiles.map(({ path, text }) => [basename(path), text])
const chunks = new Map(texts.filter(([name]) => name.endsWith(".js")))
const licences = new Set(texts.filter(([name]) => name.endsWith(".LEGAL.txt")).map(([, text]) => text))

await rm(outdir, { recursive: true, force: true })
await mkdir(outdir, { recursive: true })
await copyFile(LAUNCHER, join(outdir, ENTRY))
await copyFile(createRequire(import.meta.url).resolve("highs/runtime"), join(outdir, SOLVER_FILE))
await writeFile(join(outdir, "code.cjs"), await packChunks(chunks, ENTRY))
await writeFile(join(outdir, "code.LEGAL.txt"), [...licences].join("\n"))
