// How the bundle reads the schemas of the SDK's operations: with their keys written out, so that those nobody uses are left out.
// It changes no value. `{ [_h]: … }` might do anything in the eyes of a bundler, which therefore keeps all of S3's: 60 kB that
// every worker would read at its start.
import { readFile } from "node:fs/promises"

/** A plugin of esbuild. */
export const plainSchemas = {
  name: "plain-schemas",
  setup(build) {
    build.onLoad({ filter: /[\\/]dist-es[\\/](?:[^\\/]+[\\/])*schemas[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: withPlainKeys(await readFile(path, "utf8")),
      loader: "js",
    }))
  },
}

function withPlainKeys(text) {
  const values = new Map([...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]))
  return text.replaceAll(/\[(_\w+)\]:/g, (found, name) => (values.has(name) ? `${values.get(name)}:` : found))
}
