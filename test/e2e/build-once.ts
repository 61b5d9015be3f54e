// Before all tests with processes: our program is bundled once, for every file that starts it.
// It starts nothing, and takes its folder away at the end.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ROOT } from "./regatta-process.ts"

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "regatta-bundle-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    execFileSync(process.execPath, [join(ROOT, "scripts", "build.mjs"), join(folder, "dist")], { cwd: ROOT })
  } catch (error) {
    remove()
    throw error
  }
  process.env["REGATTA_TEST_BUNDLE"] = join(folder, "dist", "main.js")
  return remove
}
