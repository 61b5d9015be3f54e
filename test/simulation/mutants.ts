/** A mistake in the real source that the simulation must notice. */
export interface Mutant {
  readonly name: string
  /** Below `src/`. */
  readonly file: string
  /** Must stand in the file exactly once. */
  readonly text: string
  readonly replacement: string
}

/** The five mistakes that would be worst and easiest to make. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no version check",
    file: "adapters/run-table/memory/memory-run-table.ts",
    text: "if (row.record.version !== change.next.version - 1)",
    replacement: "if (row.record.version < 0)",
  },
  {
    name: "count apart from the claim",
    file: "adapters/run-table/memory/memory-run-table.ts",
    text: "if (row.record.version !== change.next.version - 1)",
    // The count is taken before it is known whether the claim wins, and a loser's is not given back.
    replacement:
      "const isLate = row.record.version !== change.next.version - 1\n    if (isLate && change.take !== null) this.#count(holdOf(stored.record, change.take), 1)\n    if (isLate)",
  },
  {
    name: "predecessor trusted",
    file: "core/decision/settled.ts",
    text: "if (attempt.claimedBy === policy.me) return attempt.settledAt",
    replacement: "if (attempt.claimedBy !== null) return attempt.settledAt",
  },
  {
    name: "no settling",
    file: "core/decision/settled.ts",
    text: "return from === null || at > from",
    replacement: "return from === null || at > 0",
  },
  {
    name: "observation without its time",
    file: "core/decision/decide.ts",
    text: "const c: Case = { row, seen, policy, now }",
    replacement: 'const c: Case = { row, seen: "at" in seen ? { ...seen, at: now } : seen, policy, now }',
  },
]

/** The source with the mistake in it. Throws when the text is not there any more, or more than once: the mutant must then be written anew. */
export function mutate(source: string, mutant: Mutant): string {
  const found = source.split(mutant.text).length - 1
  if (found !== 1)
    throw new Error(
      `mutant "${mutant.name}": its text stands ${found} times in src/${mutant.file}, expected once:\n${mutant.text}`,
    )
  return source.replace(mutant.text, () => mutant.replacement)
}
