import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect } from "vitest"
import { type Family, familyMembers, killFamily } from "../../../src/adapters/process/processes.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { type Ended, PROGRAM, run } from "../regatta-process.ts"

/** A user's folder, with its state beside it, on which real commands are run. */
export interface Project {
  readonly folder: string
  /** State folder, the value of REGATTA_HOME; may be missing. */
  readonly home: string
  readonly table: string
  write(file: string, content: string | Uint8Array): void
  /** Runs `regatta` here to its end. */
  regatta(...parameters: readonly string[]): Promise<Ended>
  /** The same folder, its commands started by `command`: what stands before `node` on the command line. */
  under(...command: readonly string[]): Project
  /** Ends every process that works on the state, and removes all. */
  remove(): Promise<void>
}

/** A regatta.yaml for rows of a shell script; `more`: further lines at its top. */
export function settings({ parallel = 2, more = "" } = {}): string {
  return `${more}on: local
account: "123456789012"
local:
  parallel: ${parallel}
  stop_grace: 1s
defaults:
  image: trainer:1
  entry_point: train.sh
  instance_type: ml.m5.large
`
}

/** A project whose two rows complete as they are: a test breaks one thing of it. `root`: where its folder is made. */
export function aProject(root = tmpdir()): Project {
  const folder = mkdtempSync(join(root, "regatta-bad-input-"))
  const project = projectIn(folder, [])
  project.write("regatta.yaml", settings())
  project.write("train.sh", `echo trained > "$SM_MODEL_DIR/model.txt"\n`)
  project.write("good.csv", "region,hp.lr\nus-east-1,0.1\neu-west-1,0.2\n")
  return project
}

function projectIn(folder: string, prefix: readonly string[]): Project {
  const home = join(folder, "state")
  return {
    folder,
    home,
    table: join(home, "table.sqlite"),
    write(file, content) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), content)
    },
    regatta(...parameters) {
      const [command = "", ...rest] = [...prefix, process.execPath, PROGRAM, ...parameters]
      return run(command, rest, { cwd: folder, env: { REGATTA_HOME: home, NO_COLOR: "1", TEST_PROJECT: folder } })
    },
    under: (...command) => projectIn(folder, [...prefix, ...command]),
    async remove() {
      await killFamily(familyOf(folder))
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** Submits and waits: the exit code that it must have, and what became of every row. */
export async function submitted(
  project: Project,
  manifest: string,
  code: number,
  ...more: readonly string[]
): Promise<StatusDocument> {
  const ended = await project.regatta("submit", manifest, "--wait", "-y", "-o", "json", ...more)
  expect(ended.code, ended.stderr).toBe(code)
  return documentIn(ended)
}

/** What `status -o json` says of a run. */
export async function statusOf(project: Project, name = "@last"): Promise<StatusDocument> {
  const ended = await project.regatta("status", name, "-o", "json")
  expect(ended.code, ended.stderr).toBe(0)
  return documentIn(ended)
}

/** The document on stdout, whose counts add up. */
export function documentIn({ stdout }: Ended): StatusDocument {
  const document = JSON.parse(stdout) as StatusDocument
  const counted = Object.values(document.counts).reduce((sum, count) => sum + count, 0)
  expect(counted).toBe(document.run.size)
  expect(document.rows).toHaveLength(document.run.size)
  return document
}

/** Lines on stderr, but for those of progress that a busy machine adds: `checking rows (3s)`. */
export function linesOf({ stderr }: Ended): readonly string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !/\([\dhm]*s\)$/.test(line))
}

/** A command that failed as it should: nothing on stdout, no stack, one error, and this said on stderr. */
export function expectFailure(ended: Ended, code: number, ...said: readonly (string | RegExp)[]): void {
  expect(ended.code, ended.stderr).toBe(code)
  expect(ended.stdout).toBe("")
  expect(ended.stderr).not.toMatch(/\n {4}at |This is a bug/)
  expect(linesOf(ended).filter((line) => line.startsWith("error: "))).toHaveLength(1)
  for (const each of said) expect(ended.stderr).toMatch(each)
}

/** Waits until something is so; real processes have no event to await. */
export async function until<T>(what: string, look: () => Promise<T | null> | T | null, withinMs = 30_000): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Processes of the project: commands, what they left running, and trainers, which inherit the name but none of our variables. */
export function members({ folder }: Project): readonly number[] {
  return familyMembers(familyOf(folder))
}

function familyOf(folder: string): Family {
  return { leaders: [], marker: `TEST_PROJECT=${folder}` }
}

/** All that the processes behind the arrays of a state folder said. */
export function carrierLogs({ home }: Project): string {
  return globSync("arrays/*/carrier.log", { cwd: home })
    .map((file) => readFileSync(join(home, file), "utf8"))
    .join("")
}
