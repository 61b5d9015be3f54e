// Says on stderr what a command waits for, where an answer takes long: a command that is silent looks as if it hung.
// It waits no longer and no shorter for that, and changes no answer.
import type { RunTable } from "../ports/run-table.ts"
import type { Shell } from "../ports/world.ts"

const LATE_MS = 10_000
/** Over the line of a progress that may stand there. */
export const ERASE_LINE = "\r\u001b[2K"

export interface LateAnswers {
  /** Waits for work that is a single answer. `what` completes "still waiting for …". */
  of<T>(what: string, work: Promise<T>): Promise<T>
  /** The table, each of whose answers is waited for like that. */
  ofTable(what: string, table: RunTable): RunTable
}

/** Each thing that is waited for is named once after ten seconds, and again where it answered and then does not. */
export function sayLate(shell: Pick<Shell, "clock" | "err" | "isInteractive">): LateAnswers {
  const named = new Set<string>()

  async function of<T>(what: string, work: Promise<T>): Promise<T> {
    const done = new AbortController()
    void shell.clock.sleep(shell.clock.now() + LATE_MS, done.signal).then(() => {
      if (done.signal.aborted || named.has(what)) return
      named.add(what)
      shell.err(`${shell.isInteractive ? ERASE_LINE : ""}still waiting for ${what}\n`)
    })
    try {
      const answer = await work
      named.delete(what)
      return answer
    } finally {
      done.abort("over")
    }
  }

  async function* items<T>(what: string, list: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = list[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await of(what, iterator.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }

  return {
    of,
    ofTable: (what, table) =>
      new Proxy(table, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== "function") return member
          return (...given: readonly unknown[]) => {
            const answer: unknown = member.apply(target, given)
            if (answer instanceof Promise) return of(what, answer)
            return isList(answer) ? items(what, answer) : answer
          }
        },
      }),
  }
}

function isList(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer
}
