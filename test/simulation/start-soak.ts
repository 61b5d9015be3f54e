import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

export interface Soaked {
  readonly exit: number | null
  /** The JSON document of `npm run soak -- -o json`; null where there is none. */
  readonly report: SoakReport | null
  readonly stderr: string
}

export interface SoakReport {
  readonly version: number
  readonly rows: number
  readonly seeds: number
  readonly doubled: number
  readonly orphaned: number
  readonly lost: number
  readonly violations: number
  readonly completed: number
  readonly failed: number
  readonly stopped: number
  readonly faults: Readonly<Record<string, number>>
  readonly transitions: Readonly<Record<string, number>>
  readonly seconds: number
  readonly peakRssMiB: number
  readonly requests: Readonly<Record<string, number>>
}

/** Runs the soak in a process of its own: several at once use the cores that the test runner leaves. */
export async function startSoak(args: readonly string[]): Promise<Soaked> {
  const soak = fileURLToPath(new URL("../../scripts/soak.ts", import.meta.url))
  const child = spawn(process.execPath, [soak, ...args, "-o", "json"], { stdio: ["ignore", "pipe", "pipe"] })
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { exit, report: stdout === "" ? null : JSON.parse(stdout), stderr }
}
