import { spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { machineHas } from "../../machine.ts"

const SCRIPT = join(import.meta.dirname, "put-files.ts")

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "regatta-full-disk-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe("writing more than fits", () => {
  test("in a file of the largest size allowed is unavailable, and nothing half-written is left", async () => {
    const outcome = shell(`ulimit -f 8; exec "$@"`, 1_000_000)
    expect(outcome).toEqual([
      { what: "object", ...refusedFor(join(folder, "store"), "EFBIG", "ulimit -f") },
      { what: "file", ...refusedFor(join(folder, "plans/plan.json"), "EFBIG", "ulimit -f") },
    ])
    expect(await files()).toEqual([])
  })

  test.runIf(machineHas("namespaces"))("on a full disk is unavailable, and leaves the room it took", () => {
    const script = `mount -t tmpfs -o size=200k tmpfs "${folder}"; "$@"; find "${folder}" -type f | sed 's/.*/"left &"/'`
    expect(unshared(script, 1_000_000)).toEqual([
      { what: "object", ...refusedFor(join(folder, "store"), "ENOSPC", "free some space") },
      { what: "file", ...refusedFor(join(folder, "plans/plan.json"), "ENOSPC", "free some space") },
    ])
  })

  test.runIf(machineHas("namespaces"))(
    "on a disk that is read-only is unavailable and says where to write",
    async () => {
      await mkdir(join(folder, "store"))
      await writeFile(join(folder, "store/kept"), "kept")
      const script = `mount --bind "${folder}" "${folder}"; mount -o remount,ro,bind "${folder}"; exec "$@"`
      expect(unshared(script, 10)).toEqual([
        { what: "object", ...refusedFor(join(folder, "store"), "EROFS", "REGATTA_HOME") },
        { what: "file", ...refusedFor(join(folder, "plans/plan.json"), "EROFS", "REGATTA_HOME") },
      ])
      expect(await files()).toEqual(["store/kept"])
    },
  )

  test("that does fit is written, under the same limits", async () => {
    expect(shell(`ulimit -f 8; exec "$@"`, 100)).toEqual([
      { what: "object", code: null },
      { what: "file", code: null },
    ])
    expect(await files()).toEqual(["plans/plan.json", "store/manifests/rows.jsonl"])
  })
})

function refusedFor(path: string, name: string, hint: string) {
  return {
    code: "unavailable",
    message: expect.stringMatching(new RegExp(`^cannot write ${path}.*\\(${name}\\)$`)),
    hint: expect.stringContaining(hint),
  }
}

function shell(script: string, bytes: number): readonly unknown[] {
  return run("sh", ["-c", script, "sh", process.execPath, SCRIPT, folder, String(bytes)])
}

function unshared(script: string, bytes: number): readonly unknown[] {
  const parameters = ["--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh"]
  return run("unshare", [...parameters, process.execPath, SCRIPT, folder, String(bytes)])
}

function run(command: string, parameters: readonly string[]): readonly unknown[] {
  const { stdout, stderr, status } = spawnSync(command, parameters, { encoding: "utf8" })
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 })
  return stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
}

async function files(): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
