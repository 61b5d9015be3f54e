// Writes what documents derive from the code: the JSON Schema of regatta.yaml, the column tables of the manifest reference, the keys of a search space.
// It writes no prose: everything outside the markers is people's. `--check` writes nothing and fails where something is stale.
import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { manifestText, schemaText, sweepText } from "./generated-docs.ts"

const DOCS = resolve(import.meta.dirname, "..", "docs")
const isCheck = process.argv.includes("--check")

const manifest = await readFile(resolve(DOCS, "manifest.md"), "utf8")
const sweep = await readFile(resolve(DOCS, "sweep.md"), "utf8")
const stale = [
  await bring("regatta.schema.json", schemaText()),
  await bring("manifest.md", manifestText(manifest)),
  await bring("sweep.md", sweepText(sweep)),
].filter((name) => name !== null)
for (const name of stale)
  console.error(isCheck ? `docs/${name} is stale: run node scripts/generate-docs.ts` : `wrote docs/${name}`)
process.exitCode = isCheck && stale.length > 0 ? 1 : 0

async function bring(name: string, text: string): Promise<string | null> {
  const path = resolve(DOCS, name)
  const before = await readFile(path, "utf8").catch(() => null)
  if (before === text) return null
  if (!isCheck) await writeFile(path, text)
  return name
}
