// How the bundle reads an npm package that is imported at its first use: only the names that are taken from it.
// It changes nothing of what they do. `const { S3Client } = await import("@aws-sdk/client-s3")` alone would keep, and read at
// the start of every worker, all 100 commands of the package.
import { readFile } from "node:fs/promises"
import { dirname } from "node:path"

/** A plugin of esbuild. */
export const namedImports = {
  name: "named-imports",
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/client-/ }, async ({ path, kind, importer }) => {
      if (kind !== "dynamic-import") return undefined
      const names = namesTaken(await readFile(importer, "utf8"), path)
      if (names.length === 0) return { errors: [{ text: `write: const { … } = await import("${path}")` }] }
      return { path: `${path}?${names}`, namespace: "named", pluginData: dirname(importer) }
    })
    build.onLoad({ filter: /./, namespace: "named" }, ({ path, pluginData }) => {
      const [name, names] = path.split("?")
      return { contents: `export { ${names} } from "${name}"`, loader: "js", resolveDir: pluginData }
    })
  },
}

function namesTaken(text, path) {
  const taken = [...text.matchAll(/const \{([^}]*)\} = await import\("([^"]+)"\)/g)].filter(
    ([, , from]) => from === path,
  )
  return [...new Set(taken.flatMap(([, names]) => names.split(",").map((name) => name.trim())))].toSorted()
}
