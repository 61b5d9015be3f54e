import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  appendLeader,
  type JobPaths,
  jobPaths,
  readLeaders,
  reserveLeaders,
} from "../../../../src/adapters/process/job-folder.ts"

let paths: JobPaths
beforeEach(() => {
  paths = jobPaths(mkdtempSync(join(tmpdir(), "regatta-job-folder-")))
})
afterEach(() => rmSync(paths.folder, { recursive: true, force: true }))

const identity = (pid: number) => `${"a-host.".repeat(36)}name.0badcafe.${pid}.123456789`

describe("the sessions of a job", () => {
  test("are noted in the room set aside for them, so that no new block of a full disk is needed", () => {
    reserveLeaders(paths, 3)
    const { size, blocks } = statSync(paths.leaders)
    const all = [identity(4194303), identity(7), identity(4194302)]
    for (const one of all) appendLeader(paths, one)
    expect(statSync(paths.leaders)).toMatchObject({ size, blocks })
    expect(readLeaders(paths)).toEqual(all)
  })

  test("are noted beyond that room, and where none was set aside", () => {
    const all = Array.from({ length: 5 }, (_, index) => identity(index + 1))
    for (const one of all) appendLeader(paths, one)
    expect(readLeaders(paths)).toEqual(all)
  })

  test("are none before the first is noted", () => {
    expect(readLeaders(paths)).toEqual([])
    reserveLeaders(paths, 1)
    expect(readLeaders(paths)).toEqual([])
  })
})
