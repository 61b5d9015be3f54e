// Notices by HTTP POST, signed. One try; what an answer means to the next try is said by the error.
// It follows no redirect, reads no body of an answer, and shows nothing of a URL but its host.
import { readFile } from "node:fs/promises"
import { RegattaError } from "../../../core/errors.ts"
import type { Notice, WebhookTarget } from "../../../core/notice/notice.ts"
import { isAllowedUrl } from "../../../core/notice/webhook-url.ts"
import type { NoticeChannel } from "../../../ports/notice-channel.ts"
import type { Clock } from "../../../ports/world.ts"
import { ID_HEADER, SIGNATURE_HEADER, signatureOf, TIMESTAMP_HEADER } from "./signature.ts"

export interface HttpWebhookOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/** Statuses that may be others the next time: time-outs, too early, too many, and the server's own trouble. */
const PASSING = new Set([408, 425, 429])

export class HttpWebhook implements NoticeChannel<WebhookTarget> {
  readonly #options: HttpWebhookOptions

  constructor(options: HttpWebhookOptions) {
    this.#options = options
  }

  async send(target: WebhookTarget, notice: Notice, signal: AbortSignal): Promise<void> {
    const url = this.#url(target)
    const secret = await this.#secret(target)
    const timestamp = Math.floor(this.#options.clock.now() / 1000)
    const headers = {
      "content-type": "application/json",
      "user-agent": "regatta",
      [ID_HEADER]: notice.id,
      [TIMESTAMP_HEADER]: String(timestamp),
      [SIGNATURE_HEADER]: signatureOf(secret, timestamp, notice.body),
    }
    const status = await this.#post(url, headers, notice.body, signal)
    if (status >= 200 && status < 300) return
    const code = status >= 500 || PASSING.has(status) ? "unavailable" : "refused"
    throw new RegattaError(code, `the webhook at ${url.host} answered ${status}`)
  }

  async #post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> {
    try {
      const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" })
      await answer.body?.cancel()
      return answer.status
    } catch (error) {
      // The reason of the network, not fetch's own words, which may hold the URL.
      const why = signal.aborted ? "no answer in time" : causeOf(error)
      throw new RegattaError("unavailable", `the webhook at ${url.host} cannot be reached: ${why}`)
    }
  }

  #url({ url, urlEnv }: WebhookTarget): URL {
    const text = url ?? this.#variable(urlEnv ?? "", "the webhook's URL")
    if (!isAllowedUrl(text))
      throw new RegattaError("usage", "the webhook's URL is none of https, nor of this machine's own host")
    return new URL(text)
  }

  async #secret({ secretEnv, secretFile }: WebhookTarget): Promise<string> {
    if (secretEnv !== null) return this.#variable(secretEnv, "the webhook's secret")
    const text = await readFile(secretFile ?? "", "utf8").then(
      (read) => read.trim(),
      () => "",
    )
    if (text !== "") return text
    throw new RegattaError("usage", `the webhook's secret: the file ${secretFile} cannot be read here, or is empty`)
  }

  #variable(name: string, what: string): string {
    const value = this.#options.env[name] ?? ""
    if (value !== "") return value
    throw new RegattaError("usage", `${what}: ${name} is not set where the follower runs`)
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined
  return typeof cause?.code === "string" ? cause.code : "no connection"
}
