// A standard queue of SQS: messages come at least once, in any order, and are hidden for a while from who else receives.
// It waits for nothing: whoever serves it holds a long poll open.
import type { Instant } from "../../core/ids.ts"
import type { Chance } from "../chance.ts"
import { DueQueue } from "../due-queue.ts"

/** A body is made when somebody reads it: of a hundred thousand that nobody does only a moment is kept. */
export type Body = () => string

interface Message {
  readonly id: string
  readonly body: Body
  readonly sentAt: Instant
  /** When it is to be seen again; what the queue has of it for other moments is void. */
  visibleAt: Instant
  receives: number
}

export interface Received {
  readonly id: string
  readonly receipt: string
  readonly body: string
  readonly sentAt: Instant
  readonly receives: number
}

/** How long a message that nobody deletes is kept, by default (source: SQS Developer Guide, message retention period). */
const RETENTION_MS = 4 * 24 * 3_600_000

export class ModelledQueue {
  readonly #chance: Chance
  readonly #messages = new Map<string, Message>()
  readonly #hidden = new DueQueue<Message>()
  readonly #visible: Message[] = []
  #sent = 0

  /** @param chance chooses which of the messages that can be seen is received next. */
  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** @param visibleAt when it arrives: what came late or overtook another is put so. */
  put(body: Body, visibleAt: Instant): string {
    this.#sent += 1
    const id = `00000000-0000-4000-9000-${String(this.#sent).padStart(12, "0")}`
    const message = { id, body, sentAt: visibleAt, visibleAt, receives: 0 }
    this.#messages.set(id, message)
    this.#hidden.push(visibleAt, message)
    return id
  }

  receive(most: number, hiddenMs: number, now: Instant): readonly Received[] {
    this.#show(now)
    const received: Received[] = []
    while (received.length < most) {
      const message = this.#pick()
      if (message === null) break
      if (now - message.sentAt > RETENTION_MS) {
        this.#messages.delete(message.id)
        continue
      }
      message.receives += 1
      message.visibleAt = now + hiddenMs
      this.#hidden.push(message.visibleAt, message)
      const { id, sentAt, receives } = message
      received.push({ id, receipt: receiptOf(message), body: message.body(), sentAt, receives })
    }
    return received
  }

  /** False: it is no receipt of this queue. A receipt that another one followed deletes nothing; neither does one of a message that is gone. */
  delete(receipt: string): boolean {
    const [, id = ""] = /^([0-9a-f-]{36})#\d+$/.exec(receipt) ?? []
    if (id === "") return false
    const message = this.#messages.get(id)
    if (message !== undefined && receiptOf(message) === receipt) this.#messages.delete(id)
    return true
  }

  /** Messages that can be seen, and those that were received and are not deleted, or have not arrived. */
  counts(now: Instant): { readonly visible: number; readonly hidden: number } {
    this.#show(now)
    const visible = this.#visible.filter(({ id }) => this.#messages.has(id)).length
    return { visible, hidden: this.#messages.size - visible }
  }

  #show(now: Instant): void {
    for (let due = this.#hidden.take(now); due !== null; due = this.#hidden.take(now)) {
      const message = due.thing
      if (this.#messages.has(message.id) && message.visibleAt === due.at) this.#visible.push(message)
    }
  }

  #pick(): Message | null {
    for (;;) {
      const at = this.#chance.below(this.#visible.length)
      const message = this.#visible[at]
      const last = this.#visible.pop()
      if (message === undefined || last === undefined) return null
      if (last !== message) this.#visible[at] = last
      if (this.#messages.has(message.id)) return message
    }
  }
}

function receiptOf({ id, receives }: Message): string {
  return `${id}#${receives}`
}
