import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { Call } from "./command.ts"

/** A file of the caller's, by its path as typed. Error `notFound`. */
export async function readText(call: Call, typed: string): Promise<string> {
  const path = resolvePath(call.shell.cwd, typed)
  const text = await call.files().readText(path)
  if (text === null) throw new RegattaError("notFound", `there is no file ${typed}`, { fields: { path } })
  return text
}
