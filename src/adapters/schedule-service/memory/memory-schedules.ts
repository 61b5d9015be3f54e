// Schedules in memory, for tests of what uses them.
// It fires nothing.
import { RegattaError } from "../../../core/errors.ts"
import type { Instant } from "../../../core/ids.ts"
import type { Schedule } from "../../../core/schedule/schedule.ts"
import type { FiringMemory, ScheduleService } from "../../../ports/schedule-service.ts"

export class MemorySchedules implements ScheduleService, FiringMemory {
  readonly #schedules = new Map<string, Schedule>()
  readonly #handled = new Map<string, Instant>()

  preview(schedule: Schedule): Promise<Readonly<Record<string, unknown>>> {
    return Promise.resolve({ ...schedule })
  }

  async add(schedule: Schedule): Promise<void> {
    if (this.#schedules.has(schedule.name))
      throw new RegattaError("conflict", `there is a schedule ${schedule.name} already`)
    this.#schedules.set(schedule.name, schedule)
  }

  async read(name: string): Promise<Schedule | null> {
    return this.#schedules.get(name) ?? null
  }

  async *list(): AsyncIterable<Schedule> {
    yield* [...this.#schedules.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  async setPaused({ name, isPaused, activeSince }: Pick<Schedule, "name" | "isPaused" | "activeSince">): Promise<void> {
    const stored = this.#known(name)
    this.#schedules.set(name, { ...stored, isPaused, activeSince })
  }

  async remove(name: string): Promise<void> {
    this.#known(name)
    this.#schedules.delete(name)
    this.#handled.delete(name)
  }

  async handled(name: string): Promise<Instant | null> {
    return this.#handled.get(name) ?? null
  }

  async note(name: string, at: Instant): Promise<void> {
    this.#handled.set(name, Math.max(at, this.#handled.get(name) ?? at))
  }

  #known(name: string): Schedule {
    const stored = this.#schedules.get(name)
    if (stored !== undefined) return stored
    throw new RegattaError("notFound", `there is no schedule ${name}`)
  }
}
