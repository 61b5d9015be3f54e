import type { Instant } from "../ids.ts"
import { OVERLAPS, type Overlap, type Schedule, SOURCES } from "./schedule.ts"

type Fired = Pick<Schedule, "name" | "source" | "manifest" | "config" | "overlap" | "options">

/** The arguments by which a firing submits its manifest. `scheduledTime`: ISO 8601, or what stands for it until it fires. */
export function firingCommand(
  { name, source, manifest, config, overlap, options }: Fired,
  scheduledTime: string,
): readonly string[] {
  const file = config === null ? [] : ["--config", config]
  const firing = ["--schedule", name, "--scheduled-time", scheduledTime, "--overlap", overlap, "--yes"]
  const what = source === "manifest" ? [manifest] : [`--${source}`, manifest]
  return ["submit", ...what, ...firing, ...file, ...options]
}

/** The way back from `firingCommand`; null: it made no such command. */
export function parseFiringCommand(command: readonly string[]): Fired | null {
  const source = SOURCES.find((each) => command[1] === `--${each}`) ?? "manifest"
  const [submit = ""] = command
  const [manifest, schedule, name, , , , overlap, yes, ...rest] = command.slice(source === "manifest" ? 1 : 2)
  const known: Overlap | undefined = OVERLAPS.find((each) => each === overlap)
  const isOurs = submit === "submit" && schedule === "--schedule" && yes === "--yes"
  if (!isOurs || manifest === undefined || name === undefined || known === undefined) return null
  const [flag, file, ...options] = rest
  const fired = { name, source, manifest, overlap: known }
  if (flag === "--config" && file !== undefined) return { ...fired, config: file, options }
  return { ...fired, config: null, options: rest }
}

/** As EventBridge writes a firing's time: by the second, in UTC. */
export function scheduledTimeText(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
