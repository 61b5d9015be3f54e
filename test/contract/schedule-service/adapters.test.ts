import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { FolderSchedules } from "../../../src/adapters/schedule-service/folder/folder-schedules.ts"
import { MemorySchedules } from "../../../src/adapters/schedule-service/memory/memory-schedules.ts"
import { aSchedule } from "../../builders.ts"
import { modelledScheduler } from "./modelled-scheduler.ts"
import { scheduleServiceSuite } from "./suite.ts"

const folders: string[] = []
const aFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), "schedules-"))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

scheduleServiceSuite("memory", async () => new MemorySchedules())
scheduleServiceSuite("folder", async () => new FolderSchedules(await aFolder()))
scheduleServiceSuite("eventbridge", async () => modelledScheduler().service)

describe.each([
  ["memory", async () => new MemorySchedules()],
  ["folder", async () => new FolderSchedules(await aFolder())],
] as const)("what %s remembers", (_, open) => {
  test("the last firing that was dealt with, never an earlier one", async () => {
    const memory = await open()
    await memory.add(aSchedule())
    expect(await memory.handled("nightly")).toBeNull()
    await memory.note("nightly", 2000)
    await memory.note("nightly", 1000)
    expect(await memory.handled("nightly")).toBe(2000)
  })

  test("nothing of a schedule that was removed", async () => {
    const memory = await open()
    await memory.add(aSchedule())
    await memory.note("nightly", 2000)
    await memory.remove("nightly")
    await memory.add(aSchedule())
    expect(await memory.handled("nightly")).toBeNull()
  })
})
