// The database that a query is sent to, as the command line names it, and what is said when it was given up.
// It sends nothing.
import { isParameterName } from "../core/catalog/read-query.ts"
import { catalogUrl } from "../core/config/catalog-url.ts"
import { RegattaError } from "../core/errors.ts"
import { MASK, withoutPassword } from "../core/manifest/secrets.ts"
import { resolvePath } from "../core/paths.ts"
import type { Catalog } from "../ports/catalog.ts"
import type { Call } from "./command.ts"
import type { Deadline } from "./deadline.ts"
import type { Session } from "./session.ts"

/** How long a query may take where nothing else is said. */
export const PATIENCE_MS = 600_000
const SQLITE = "sqlite:"

/** Whatever a reader that was cut off threw. */
export function givenUp(error: unknown, deadline: Deadline, patience: number, hint: string | null): unknown {
  if (!deadline.signal.aborted) return error
  if (!deadline.isPassed())
    return new RegattaError("refused", "the query was given up; nothing was written", { cause: error })
  return new RegattaError("timeout", `the query did not end within ${patience / 1000} s; nothing was written`, {
    ...(hint === null ? {} : { hint }),
  })
}

/** Values by name, of `name=value` as typed. Error `usage`. */
export function parametersOf(given: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const each of given) {
    const at = each.indexOf("=")
    const name = each.slice(0, Math.max(at, 0))
    if (!isParameterName(name))
      throw new RegattaError("usage", `--param is name=value with a name of letters, digits and _, got "${each}"`)
    if (parameters.has(name)) throw new RegattaError("usage", `--param ${name} is given twice`)
    parameters.set(name, each.slice(at + 1))
  }
  return parameters
}

/** The database that is named, not opened. Errors: `usage` (none is, or by no URL), `unsupported`. */
export async function openCatalog({ options, shell }: Call, session: Session): Promise<Catalog> {
  const url = (options.has("from") ? options.text("from") : null) ?? session.config.catalog
  if (url === undefined)
    throw new RegattaError("usage", "no database is named", {
      hint: `${options.has("from") ? "give --from" : "set REGATTA_CATALOG to"} postgres://user@host/database or sqlite:<path>, or set catalog in regatta.yaml`,
    })
  const outcome = catalogUrl.parse(url)
  if (!outcome.ok) throw new RegattaError("usage", `--from: ${outcome.message}, got "${masked(url)}"`)
  const { catalog: open } = session.ports()
  if (open === undefined) throw new RegattaError("unsupported", `no catalog can be read on ${session.config.on}`)
  return open(url.startsWith(SQLITE) ? `${SQLITE}${resolvePath(shell.cwd, url.slice(SQLITE.length))}` : url)
}

/** Up to the last @: who types a password where none is allowed may type anything in it. */
function masked(url: string): string {
  return withoutPassword(url).replace(/:\/\/.*@/s, `://${MASK}@`)
}
