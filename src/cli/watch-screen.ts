// A run that is watched: bars per region, redrawn, on a terminal; one line per change elsewhere.
// It draws what it is given and reads nothing.
import { lastingReason } from "../app/status-row.ts"
import type { WatchMoment } from "../app/watch-run.ts"
import type { RowStatus } from "../core/decision/row.ts"
import { ROW_STATUSES } from "../core/decision/row.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { Shell } from "../ports/world.ts"
import { formatClock, formatDuration } from "./output/format.ts"
import { paint, statusTone } from "./output/style.ts"
import { cut, padTo, plain } from "./output/text.ts"
import { searchLine } from "./views/search-view.ts"
import { burnText, countsText, metricsText } from "./views/status-view.ts"
import { stepLines, stepText } from "./views/step-view.ts"

export interface WatchScreen {
  show(moment: WatchMoment): void
  /** Leaves the last picture on the terminal. Idempotent. */
  end(): void
}

/** Where the watching goes: stdout of `watch`, stderr of a command whose stdout carries data. */
export interface WatchOutput {
  write(text: string): void
  readonly isTerminal: boolean
  readonly columns: number
}

const BAR_WIDTH = 24

export function createWatchScreen(shell: Shell, output: WatchOutput): WatchScreen {
  return output.isTerminal ? liveScreen(shell, output) : lineScreen(output)
}

export function stdoutOf(shell: Shell): WatchOutput {
  return { write: (text) => shell.out(text), isTerminal: shell.isTerminal, columns: shell.columns }
}

/** Standard error is a terminal where the command is interactive. */
export function stderrOf(shell: Shell): WatchOutput {
  return { write: (text) => shell.err(text), isTerminal: shell.isInteractive, columns: shell.columns }
}

function lineScreen(output: WatchOutput): WatchScreen {
  let trouble: string | null = null
  let search: string | null = null
  const shown = new Map<number, string>()
  const steps = new Set<string>()
  return {
    show(moment) {
      const time = formatClock(moment.at)
      for (const row of moment.changed) {
        // A metric that moves and the time of the next try are no news of the row: a line every few seconds for each.
        const news = JSON.stringify([row.status, row.phase, row.attempt, lastingReason(row)])
        // A row that a search has just added tells nothing until it begins.
        const isNew = row.trial !== undefined && row.status === "pending" && !shown.has(row.index)
        if (shown.get(row.index) === news || isNew) continue
        shown.set(row.index, news)
        output.write(`${time} ${changeText(row)}\n`)
      }
      const summary = moment.reader.search()
      const line = summary === null ? null : plain(searchLine(summary))
      if (line !== null && line !== search) output.write(`${time} ${line}\n`)
      search = line
      for (const step of moment.reader.steps()) {
        const text = `after the run, ${step.step}, ${stepText(step)}`
        if (step.status === "pending" || steps.has(text)) continue
        steps.add(text)
        output.write(`${time} ${text}\n`)
      }
      if (moment.trouble !== null && moment.trouble !== trouble) output.write(`${time} ${plain(moment.trouble)}\n`)
      trouble = moment.trouble
    },
    end() {},
  }
}

/** `row 3 (name) eu-west-1: running, training  accuracy 0.91`. */
export function changeText(row: StatusRow): string {
  const name = row.name === null ? "" : ` (${row.name})`
  const phase = row.phase === null ? "" : `, ${row.phase}`
  const attempt = row.attempt !== null && row.attempt > 1 ? `, attempt ${row.attempt}` : ""
  const reason = row.reason === null ? "" : `: ${row.reason}`
  const metrics = Object.keys(row.metrics).length === 0 ? "" : `  ${metricsText(row.metrics)}`
  return plain(`row ${row.index}${name} ${row.region} ${row.status}${phase}${attempt}${reason}${metrics}`)
}

function liveScreen(shell: Shell, output: WatchOutput): WatchScreen {
  let drawn = 0
  let startedAt: number | null = null
  return {
    show(moment) {
      startedAt ??= moment.at
      const lines = [
        ...regionLines(shell, moment.reader.rows(), output.columns),
        `${countsText(shell, moment.reader.counts())}  ${formatDuration(Math.round((moment.at - startedAt) / 1000))}${burning(moment)}`,
        ...searchLines(moment).map((line) => cut(line, output.columns - 1)),
        ...stepLines(shell, moment.reader.hasEnded() ? moment.reader.steps() : []).map((line) =>
          cut(line, output.columns - 1),
        ),
        ...(moment.trouble === null ? [] : [cut(plain(moment.trouble), output.columns - 1)]),
      ]
      const up = drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`
      output.write(`${up}${lines.join("\n")}\n`)
      drawn = lines.length
    },
    end() {
      drawn = 0
    },
  }
}

function searchLines({ reader }: WatchMoment): readonly string[] {
  const summary = reader.search()
  return summary === null ? [] : [plain(searchLine(summary))]
}

/** Nothing for a run whose prices nobody knows. */
function burning({ reader }: WatchMoment): string {
  const burn = reader.burnUsdPerHour()
  return burn === 0 || (burn === null && Object.keys(reader.run().prices).length === 0) ? "" : `  ${burnText(burn)}`
}

function regionLines(shell: Shell, rows: readonly StatusRow[], columns: number): readonly string[] {
  const regions = [...Map.groupBy(rows, (row) => row.region)].sort(([a], [b]) => (a < b ? -1 : 1))
  const nameWidth = Math.max(...regions.map(([region]) => region.length), 0)
  return regions.map(([region, members]) => {
    const counts = countByStatus(members)
    const done = counts.completed + counts.failed + counts.stopped
    const tally = padTo(`${done}/${members.length}`, String(members.length).length * 2 + 1, "right")
    const live = ROW_STATUSES.filter((status) => status !== "completed" && counts[status] > 0)
    const rest = live.map((status) => `${status} ${counts[status]}`).join(" ")
    const room = columns - nameWidth - BAR_WIDTH - tally.length - 5
    return `${padTo(region, nameWidth, "left")} ${bar(shell, counts, members.length)} ${tally}  ${cut(rest, Math.max(room, 0))}`
  })
}

/** Full blocks for what ended, in its colour; shades for what is at work. */
function bar(shell: Shell, counts: Readonly<Record<RowStatus, number>>, size: number): string {
  const isUtf8 = /utf-?8/i.test(shell.env["LC_ALL"] || shell.env["LC_CTYPE"] || shell.env["LANG"] || "")
  const [full, half, none] = isUtf8 ? ["█", "▒", "░"] : ["#", "+", "-"]
  const pieces: readonly (readonly [RowStatus, string | undefined])[] = [
    ["completed", full],
    ["failed", full],
    ["stopped", full],
    ["stopping", half],
    ["running", half],
    ["launching", half],
    ["waiting", none],
    ["pending", none],
  ]
  let taken = 0
  let rows = 0
  return pieces
    .map(([status, block = ""]) => {
      rows += counts[status]
      const until = Math.round((rows / size) * BAR_WIDTH)
      const cells = block.repeat(until - taken)
      taken = until
      return cells === "" ? "" : paint(shell, statusTone(status), cells)
    })
    .join("")
}

function countByStatus(rows: readonly StatusRow[]): Record<RowStatus, number> {
  const counts = Object.fromEntries(ROW_STATUSES.map((status) => [status, 0])) as Record<RowStatus, number>
  for (const row of rows) counts[row.status] += 1
  return counts
}
