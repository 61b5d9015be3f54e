import type { Instant } from "../ids.ts"
import { OVERLAPS, type Overlap, type Schedule } from "./schedule.ts"

/** The arguments by which a firing submits its manifest. `scheduledTime`: ISO 8601, or what stands for it until it fires. */
export function firingCommand(
  { name, manifest, config, overlap, options }: Pick<Schedule, "name" | "manifest" | "config" | "overlap" | "options">,
  scheduledTime: string,
): readonly string[] {
  const file = config === null ? [] : ["--config", config]
  const firing = ["--schedule", name, "--scheduled-time", scheduledTime, "--overlap", overlap, "--yes"]
  return ["submit", manifest, ...firing, ...file, ...options]
}

/** The way back from `firingCommand`; null: it made no such command. */
export function parseFiringCommand(
  command: readonly string[],
): Pick<Schedule, "name" | "manifest" | "config" | "overlap" | "options"> | null {
  const [submit, manifest, schedule, name, , , , overlap, yes, ...rest] = command
  const known: Overlap | undefined = OVERLAPS.find((each) => each === overlap)
  const isOurs = submit === "submit" && schedule === "--schedule" && yes === "--yes"
  if (!isOurs || manifest === undefined || name === undefined || known === undefined) return null
  const [flag, file, ...options] = rest
  if (flag === "--config" && file !== undefined) return { name, manifest, overlap: known, config: file, options }
  return { name, manifest, overlap: known, config: null, options: rest }
}

/** As EventBridge writes a firing's time: by the second, in UTC. */
export function scheduledTimeText(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
