import { RegattaError } from "../core/errors.ts"
import { withoutPassword } from "../core/manifest/secrets.ts"
import type { OpenCatalog } from "../ports/catalog.ts"
import type { Shell } from "../ports/world.ts"

/** By the form of its URL: `sqlite:<absolute path>` or `postgres://…`. */
export function catalogs(shell: Shell): OpenCatalog {
  return async (url) => {
    const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(url) ?? []
    switch (scheme) {
      case "sqlite": {
        const { SqliteCatalog } = await import("../adapters/catalog/sqlite/sqlite-catalog.ts")
        return new SqliteCatalog({ path: rest, self: shell.self, env: shell.env })
      }
      case "postgres":
      case "postgresql": {
        const { PostgresCatalog } = await import("../adapters/catalog/postgres/postgres-catalog.ts")
        return new PostgresCatalog({ url, password: shell.env["PGPASSWORD"] })
      }
      default:
        throw new RegattaError("usage", `the catalog "${withoutPassword(url)}" is of no kind that is known`, {
          hint: "sqlite:<path> or postgres://user@host/database",
        })
    }
  }
}
