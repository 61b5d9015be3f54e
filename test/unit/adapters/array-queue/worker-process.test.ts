import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { workerLog } from "../../../../src/adapters/array-queue/local/array-folder.ts"
import { boundLog, startWorker } from "../../../../src/adapters/array-queue/local/worker-process.ts"

describe("worker process", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "regatta-worker-"))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** How it ended, and whether that was told only after it was started. */
  async function ended(command: string, environment: Readonly<Record<string, string>>) {
    let isStarted = false
    return new Promise<{ exit: number | null; isLater: boolean }>((resolve) => {
      startWorker({ self: [command], environment, folder, child: 0, attempt: 1 }, (exit) =>
        resolve({ exit, isLater: isStarted }),
      )
      isStarted = true
    })
  }

  test("its exit code is told once it has ended", async () => {
    expect(await ended("/bin/false", {})).toEqual({ exit: 1, isLater: true })
  })

  test.each([
    ["a program that is not there", join(tmpdir(), "no-such-program"), {}],
    ["an environment that the system refuses", "/bin/true", { TOO_LONG: "x".repeat(1_000_000) }],
  ])("%s is an end without an exit code, not an error", async (_, command, environment) => {
    expect(await ended(command, environment)).toEqual({ exit: null, isLater: true })
  })

  test("a log that grew too long is emptied, another is not", () => {
    const file = workerLog(folder, 3, 1)
    writeFileSync(file, Buffer.alloc(2_000_000))
    boundLog(folder, 3, 1)
    expect(statSync(file).size).toBe(0)
    writeFileSync(file, "one line\n")
    boundLog(folder, 3, 1)
    expect(statSync(file).size).toBe(9)
    boundLog(folder, 4, 1)
    expect(existsSync(workerLog(folder, 4, 1))).toBe(false)
  })
})
