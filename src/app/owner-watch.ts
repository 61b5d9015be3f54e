import type { OwnerId } from "../core/ids.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { type OwnerBook, ownerBook } from "./takeable.ts"

/** Owners asked about in one tick: ten reads of leases, and ten questions to the queue. */
const OWNERS_PER_TICK = 1000

/**
 * Which owners' rows may be taken, tick by tick. Of very many owners each tick asks about some, in turn: a child that died is
 * started again by its queue and takes its row by itself, so this is the second way, and it may take a few minutes.
 */
export class OwnerWatch {
  readonly #ports: Pick<LoopPorts, "table" | "queue" | "world">
  readonly #me: OwnerId
  readonly #takeable = new Set<OwnerId>()
  #next = 0

  constructor(ports: Pick<LoopPorts, "table" | "queue" | "world">, me: OwnerId) {
    this.#ports = ports
    this.#me = me
  }

  async look(owners: readonly (OwnerId | null)[]): Promise<void> {
    this.#takeable.clear()
    const others = [...new Set(owners)].filter((owner): owner is OwnerId => owner !== null && owner !== this.#me)
    const from = others.length <= OWNERS_PER_TICK || this.#next >= others.length ? 0 : this.#next
    const asked = others.slice(from, from + OWNERS_PER_TICK)
    this.#next = from + asked.length
    if (asked.length === 0) return
    const book: OwnerBook = await ownerBook(
      this.#ports,
      this.#me,
      asked.map((owner) => ({ owner })),
    )
    // Asked all at once: a queue answers many such questions in one request.
    const answers = await Promise.all(asked.map((owner) => book.isTakeable(owner)))
    for (const [at, owner] of asked.entries()) if (answers[at] === true) this.#takeable.add(owner)
  }

  isTakeable(owner: OwnerId | null): boolean {
    return owner === null || owner === this.#me || this.#takeable.has(owner)
  }
}
