// Schedules of the platform local: a file each in the state folder, `schedules/<name>.json`, and beside it what was fired last.
// It fires nothing: `schedule run` does, and nobody else while that runs.
import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { RegattaError } from "../../../core/errors.ts"
import type { Instant } from "../../../core/ids.ts"
import type { Schedule } from "../../../core/schedule/schedule.ts"
import type { FiringMemory, ScheduleService } from "../../../ports/schedule-service.ts"
import { fileError, isMissing } from "../../disk/file-error.ts"
import { nameNew, nameOver, writeBeside } from "../../disk/write-whole.ts"
import { readSchedule, scheduleText } from "./schedule-file.ts"

const SCHEDULE = ".json"
const FIRED = ".fired"

export class FolderSchedules implements ScheduleService, FiringMemory {
  readonly #folder: string

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "schedules")
  }

  preview(schedule: Schedule): Promise<Readonly<Record<string, unknown>>> {
    return Promise.resolve({ ...schedule })
  }

  async add(schedule: Schedule): Promise<void> {
    const path = this.#path(schedule.name)
    await rm(this.#firedPath(schedule.name), { force: true })
    await writeBeside(this.#folder, path, once(scheduleText(schedule)), async (written) => {
      if (await nameNew(written, path)) return
      throw new RegattaError("conflict", `there is a schedule ${schedule.name} already`, {
        hint: "`regatta schedule remove NAME` takes it away; or choose another name",
        fields: { path },
      })
    })
  }

  async read(name: string): Promise<Schedule | null> {
    const text = await readOrNull(this.#path(name))
    return text === null ? null : readSchedule(text, this.#path(name))
  }

  async *list(): AsyncIterable<Schedule> {
    for (const file of (await this.#files()).filter((each) => each.endsWith(SCHEDULE)).toSorted()) {
      // One that was removed meanwhile is not there any more.
      const schedule = await this.read(file.slice(0, -SCHEDULE.length))
      if (schedule !== null) yield schedule
    }
  }

  async setPaused({ name, isPaused, activeSince }: Pick<Schedule, "name" | "isPaused" | "activeSince">): Promise<void> {
    const stored = await this.read(name)
    if (stored === null) throw unknown(name)
    await this.#write(this.#path(name), scheduleText({ ...stored, isPaused, activeSince }))
  }

  async remove(name: string): Promise<void> {
    if ((await readOrNull(this.#path(name))) === null) throw unknown(name)
    await rm(this.#path(name), { force: true })
    await rm(this.#firedPath(name), { force: true })
  }

  async handled(name: string): Promise<Instant | null> {
    const at = Date.parse((await readOrNull(this.#firedPath(name))) ?? "")
    return Number.isNaN(at) ? null : at
  }

  async note(name: string, at: Instant): Promise<void> {
    if (((await this.handled(name)) ?? Number.NEGATIVE_INFINITY) >= at) return
    await this.#write(this.#firedPath(name), new Date(at).toISOString())
  }

  async #write(path: string, text: string): Promise<void> {
    await writeBeside(this.#folder, path, once(text), (written) => nameOver(written, path))
  }

  async #files(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw fileError("read", this.#folder, error)
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${name}${SCHEDULE}`)
  }

  #firedPath(name: string): string {
    return join(this.#folder, `${name}${FIRED}`)
  }
}

function unknown(name: string): RegattaError {
  return new RegattaError("notFound", `there is no schedule ${name}`, { hint: "`regatta schedule list` shows them" })
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError("read", path, error)
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
