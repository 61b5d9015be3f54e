/** The answer that is known under the key, else asked for now and kept; a failure is forgotten, so that the next caller asks again. */
export function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before !== undefined) return before
  const asked = ask()
  known.set(key, asked)
  asked.catch(() => known.delete(key))
  return asked
}
