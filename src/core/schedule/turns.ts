import type { Instant, OwnerId, RunId } from "../ids.ts"
import type { Overlap } from "./schedule.ts"

/** What the firings of one schedule know of each other. */
export interface Turns {
  /** The newest firing that had its turn; its run may not exist yet. */
  readonly run: {
    readonly id: RunId
    readonly at: Instant
    /** Whoever makes it, or made it: more than one where it was fired twice. Empty: not known. */
    readonly makers: readonly OwnerId[]
  } | null
  /** Firings that wait for it to end. */
  readonly waiting: readonly { readonly id: RunId; readonly seenAt: Instant }[]
}

export type Turn =
  | { readonly kind: "go"; readonly turns: Turns }
  | { readonly kind: "wait"; readonly turns: Turns }
  | { readonly kind: "skip"; readonly because: RunId }

export interface TurnRequest {
  readonly me: RunId
  /** Who asks. */
  readonly by: OwnerId
  readonly overlap: Overlap
  /** Whether the run of the newest firing has not ended, or is still being made. */
  readonly isBusy: boolean
  readonly now: Instant
  /** Milliseconds after which one that waits and was not seen is taken for dead. */
  readonly patience: number
}

export const NO_TURNS: Turns = { run: null, waiting: [] }

/** Whose turn it is. Of those that wait, the one that was to fire first goes first: ids sort by time. */
export function takeTurn(turns: Turns, { me, by, overlap, isBusy, now, patience }: TurnRequest): Turn {
  if (turns.run?.id === me)
    return { kind: "go", turns: { ...turns, run: { ...turns.run, makers: [...new Set([...turns.run.makers, by])] } } }
  const others = turns.waiting.filter(({ id, seenAt }) => id !== me && seenAt + patience > now)
  const go: Turn = { kind: "go", turns: { run: { id: me, at: now, makers: [by] }, waiting: others } }
  if (overlap === "allow") return go
  if (overlap === "skip") return isBusy && turns.run !== null ? { kind: "skip", because: turns.run.id } : go
  if (!isBusy && others.every(({ id }) => id > me)) return go
  return { kind: "wait", turns: { run: turns.run, waiting: [...others, { id: me, seenAt: now }] } }
}

/** The turns once this maker has given up; the turn is free when no other makes the same run. */
export function withoutMaker(turns: Turns, me: RunId, by: OwnerId): Turns {
  if (turns.run?.id !== me) return turns
  const makers = turns.run.makers.filter((each) => each !== by)
  return { ...turns, run: makers.length === 0 ? null : { ...turns.run, makers } }
}

export function turnsText({ run, waiting }: Turns): string {
  return JSON.stringify({ run, waiting })
}

/** What cannot be read says nothing. */
export function parseTurns(text: string): Turns {
  try {
    const { run, waiting } = JSON.parse(text) as Partial<Turns>
    return {
      run: run == null ? null : { ...run, makers: run.makers ?? [] },
      waiting: Array.isArray(waiting) ? waiting : [],
    }
  } catch {
    return NO_TURNS
  }
}
