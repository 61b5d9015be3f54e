import { RegattaError } from "../core/errors.ts"
import type { Composed } from "../ports/ports.ts"

interface Kept<T> {
  readonly get: () => Promise<T>
  readonly drop: (end: (value: T) => Promise<void>) => Promise<void>
}

/** Made at the first call and kept; a failure is forgotten, so that the next call tries again. */
export function kept<T>(make: () => Promise<T>): Kept<T> {
  let value: Promise<T> | null = null
  const forget = () => {
    value = null
  }
  return {
    get() {
      if (value === null) {
        value = make()
        value.catch(forget)
      }
      return value
    },
    async drop(end) {
      const last = value
      forget()
      if (last !== null) await end(await last)
    },
  }
}

/** Made at the first call, at once: nothing is waited for. */
export function once<T>(make: () => T): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= Promise.resolve(make())
    return made
  }
}

/** A home region, which every part of `aws` but the preview of a request needs. */
export function requiredHome({ home = null }: Composed): string {
  if (home !== null) return home
  throw new RegattaError("usage", "the home region is not known: where table, pinned rows and queue are", {
    hint: "set home in regatta.yaml, for example home: us-east-1",
  })
}
