import { isRegattaError } from "../core/errors.ts"
import { ALL_TRIES_MS, noticeDelay, TRY_MS } from "../core/notice/decide-notice.ts"
import type { Notice, NotifySettings } from "../core/notice/notice.ts"
import type { NoticeChannels } from "../ports/notice-channel.ts"
import type { World } from "../ports/world.ts"

type SendWorld = Pick<World, "clock" | "random">

/**
 * Sends a notice by every channel at once, each tried again for at most a minute while waiting may help. What became of it, by
 * channel: "sent", or why not; null: the signal fired before it was known. Throws nothing of a channel's.
 */
export async function sendNotice(
  channels: NoticeChannels,
  { webhook, sns }: NotifySettings,
  notice: Notice,
  world: SendWorld,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | null> {
  const sendings: [string, Promise<string | null>][] = []
  if (webhook !== null)
    sendings.push(["webhook", tried(world, signal, (cut) => channels.webhook.send(webhook, notice, cut))])
  if (sns !== null) sendings.push(["sns", tried(world, signal, (cut) => channels.sns.send(sns, notice, cut))])
  const outcomes: Record<string, string> = {}
  for (const [name, sending] of sendings) {
    const outcome = await sending
    if (outcome === null) return null
    outcomes[name] = outcome
  }
  return outcomes
}

/** null: the signal fired. */
async function tried(
  { clock, random }: SendWorld,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<void>,
): Promise<string | null> {
  const until = clock.now() + ALL_TRIES_MS
  for (let tries = 1; !signal.aborted; tries += 1) {
    const trouble = await tryOnce(clock, signal, send)
    if (trouble === null) return "sent"
    const delay = trouble.mayPass ? noticeDelay(tries) : null
    const at = clock.now() + (delay ?? 0) * (0.5 + random())
    if (!signal.aborted && (delay === null || at + TRY_MS > until)) return trouble.message
    await clock.sleep(at, signal)
  }
  return null
}

/** One try, cut when it takes too long: a channel that listens to no signal is left to itself. */
async function tryOnce(
  clock: World["clock"],
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<void>,
): Promise<{ readonly message: string; readonly mayPass: boolean } | null> {
  const [cut, over] = [new AbortController(), new AbortController()]
  const late = clock.sleep(clock.now() + TRY_MS, AbortSignal.any([over.signal, signal])).then(() => {
    if (!over.signal.aborted) cut.abort("late")
    return { message: "no answer in time", mayPass: true }
  })
  const sent = send(cut.signal).then(
    () => null,
    (error: unknown) => {
      if (!isRegattaError(error) || error.code === "fault") throw error
      return { message: error.message, mayPass: error.code === "unavailable" }
    },
  )
  // It may go on behind, and then nobody is there to hear of its error.
  sent.catch(() => {})
  try {
    return await Promise.race([sent, late])
  } finally {
    over.abort("over")
  }
}
