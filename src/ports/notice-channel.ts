import type { Notice, TopicTarget, WebhookTarget } from "../core/notice/notice.ts"

/**
 * One way to tell somebody of a run. One try; the receiver may get a notice twice and knows it by its id. Errors: `unavailable`
 * (no answer, or one that may be another the next time), `refused` and `denied` (no other time), `usage` (what it needs is not
 * set where this process runs). No error and no log names a secret, nor what follows the host of a URL.
 */
export interface NoticeChannel<Target> {
  send(target: Target, notice: Notice, signal: AbortSignal): Promise<void>
}

export interface NoticeChannels {
  readonly webhook: NoticeChannel<WebhookTarget>
  readonly sns: NoticeChannel<TopicTarget>
}
