// How durations, money, sizes and times read on a terminal.
// It formats values; it never computes one, and never invents one that is unknown.
import type { Instant } from "../../core/ids.ts"

/** What stands for a value that nobody knows, and for one that does not exist yet. */
export const UNKNOWN = "?"
export const ABSENT = "-"

/** `0.4s`, `42s`, `3m05s`, `1h02m`, `2d03h`. */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 9.95) return `${Number(seconds.toFixed(1))}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`
  const minutes = Math.round(whole / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`
}

/** `$1.23`; `<$0.01` rather than a price of nothing; null is `?`. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN
  return usd > 0 && usd < 0.01 ? "<$0.01" : `$${usd.toFixed(2)}`
}

/** At most six significant digits: `0.912346`, `1250`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value)
  return String(Number(value.toPrecision(6)))
}

/** `12 rows`, `1 row`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`
}

/** `2026-11-20 14:22:33Z`. */
export function formatInstant(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`
}

/** `14:22:33` UTC, for one line per change. */
export function formatClock(at: Instant): string {
  return new Date(at).toISOString().slice(11, 19)
}

/** `3m05s ago`. */
export function formatAge(at: Instant, now: Instant): string {
  return `${formatDuration(Math.max(0, Math.round((now - at) / 1000)))} ago`
}

function pad(value: number): string {
  return String(value).padStart(2, "0")
}
