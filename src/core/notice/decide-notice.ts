import type { Instant, OwnerId } from "../ids.ts"
import type { DueNotice, NoticeState } from "./notice.ts"

/** Longer than all tries of one sender together. */
const CLAIM_MS = 120_000
/** Senders that died on the way, before the notice is given up. */
const MOST_TRIES = 3

export type NoticeAction =
  /** One conditional write, and then it is sent. */
  | { readonly do: "claim"; readonly next: NoticeState }
  | { readonly do: "wait"; readonly until: Instant }
  | { readonly do: "finish" }

/** What is next with a notice that is due. Between claim and end its sender may die: the next one sends it again. */
export function decideNotice(
  { event }: Pick<DueNotice, "event">,
  state: NoticeState | null,
  me: OwnerId,
  mayTake: (owner: OwnerId) => boolean,
  now: Instant,
): NoticeAction {
  if (state !== null && state.status !== "sending") return { do: "finish" }
  if (state !== null && state.by !== me && now < state.until && !mayTake(state.by))
    return { do: "wait", until: state.until }
  const tries = state?.tries ?? 0
  if (tries >= MOST_TRIES) return { do: "finish" }
  const next = {
    event,
    status: "sending",
    by: me,
    until: now + CLAIM_MS,
    tries: tries + 1,
    channels: {},
    at: now,
  } as const
  return { do: "claim", next }
}

/** The end of one sending: sent when every channel took it. */
export function noticeEnd(state: NoticeState, channels: Readonly<Record<string, string>>, now: Instant): NoticeState {
  const isSent = Object.values(channels).every((outcome) => outcome === "sent")
  return { ...state, status: isSent ? "sent" : "failed", channels, at: now }
}

/** Milliseconds before the try after `tries` failed ones; null: it is given up. All tries lie within a minute. */
export function noticeDelay(tries: number): number | null {
  return tries > 4 ? null : 1_000 * 2 ** (tries - 1)
}

/** How long one try may take, and all of them together. */
export const TRY_MS = 8_000
export const ALL_TRIES_MS = 55_000
