const DEFAULT_ROOM = 1024

/**
 * Hands items from one loop to another in order, at most `room` of them on the way: who is ahead waits. The reader's loop is the
 * channel itself, once; when it ends early, `push` says so.
 */
export class Channel<Item> implements AsyncIterable<Item> {
  readonly #room: number
  #items: Item[] = []
  #end: { readonly error: unknown } | "done" | null = null
  #isAbandoned = false
  #wakeReader: () => void = () => {}
  #wakeWriter: () => void = () => {}

  constructor(room = DEFAULT_ROOM) {
    this.#room = room
  }

  /** Resolves when there is room for the next. False: nobody reads any more. */
  async push(item: Item): Promise<boolean> {
    this.#items.push(item)
    this.#wakeReader()
    while (this.#items.length >= this.#room && !this.#isAbandoned) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve
      })
    }
    return !this.#isAbandoned
  }

  /** After the last item. */
  close(): void {
    this.#end ??= "done"
    this.#wakeReader()
  }

  /** The reader gets this error in place of what is still on the way. */
  fail(error: unknown): void {
    this.#end ??= { error }
    this.#wakeReader()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    try {
      while (true) {
        if (this.#end !== null && this.#end !== "done") throw this.#end.error
        const items = this.#items
        this.#items = []
        this.#wakeWriter()
        yield* items
        if (this.#items.length > 0) continue
        if (this.#end === "done") return
        if (this.#end === null) {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve
          })
        }
      }
    } finally {
      this.#isAbandoned = true
      this.#wakeWriter()
    }
  }
}
