import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

export const ROOT = resolve(import.meta.dirname, "..", "..")
export const ENTRY = join(ROOT, "src/cli/main.ts")
export const LAUNCHER = join(ROOT, "bin", "regatta.mjs")
/** Our program as it is shipped, which test/e2e/build-once.ts built for all files; null: nobody did. */
export const BUNDLE = process.env["REGATTA_TEST_BUNDLE"] ?? null
/** What most tests start: there are thousands of starts, and the bundle's take half the time of the source's. */
export const PROGRAM = BUNDLE ?? LAUNCHER

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, with nothing on its stdin. */
export async function run(
  command: string,
  parameters: readonly string[],
  start: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const child = spawn(command, parameters, {
    cwd: start.cwd,
    env: { ...environment(), ...start.env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const said = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
    })
  }
  const code = await new Promise<number>((end, fail) => {
    child.once("error", fail)
    child.once("close", (exit) => end(exit ?? 1))
  })
  return { code, ...said }
}

/** Runs `regatta` of this clone in a folder. */
export function regatta(cwd: string, ...parameters: readonly string[]): Promise<Ended> {
  return run(process.execPath, [PROGRAM, ...parameters], { cwd })
}

/** The test runner's own settings and those of a machine's user are none of the tested process's. */
export function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|INIT_CWD$|VITEST|NODE_OPTIONS$|NODE_ENV$|REGATTA_|AWS_|S3_ARRAY_FILE$)/.test(name),
  )
  // Nobody's credentials are looked for, neither in files nor on the network.
  const nobody = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  }
  return { ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""])), ...nobody }
}

/** A copy of `manifests/` in a folder of its own: what runs leave behind goes with it. */
export function copyOfManifests(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "regatta-examples-"))
  cpSync(join(ROOT, "manifests"), join(folder, "manifests"), {
    recursive: true,
    filter: (source) => !source.includes(".regatta"),
  })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) }
}
