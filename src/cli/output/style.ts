import { styleText } from "node:util"
import type { RowStatus } from "../../core/decision/row.ts"
import type { Shell } from "../../ports/world.ts"

export type Tone = "strong" | "faint" | "good" | "bad" | "warn" | "live"

const FORMATS = {
  strong: "bold",
  faint: "dim",
  good: "green",
  bad: "red",
  warn: "yellow",
  live: "cyan",
} as const satisfies Record<Tone, string>

const STATUS_TONES: Readonly<Record<RowStatus, Tone>> = {
  pending: "faint",
  waiting: "warn",
  launching: "live",
  running: "live",
  stopping: "warn",
  completed: "good",
  failed: "bad",
  stopped: "warn",
}

/** The text in a tone, where the terminal shows colour (`Shell.color`: NO_COLOR and pipes are respected there). */
export function paint(shell: Pick<Shell, "color">, tone: Tone, text: string): string {
  return shell.color ? styleText(FORMATS[tone], text, { validateStream: false }) : text
}

export function statusTone(status: RowStatus): Tone {
  return STATUS_TONES[status]
}
