/** A mistake in the real source that the simulation must notice. */
export interface Mutant {
  readonly name: string
  /** Below `src/`. */
  readonly file: string
  /** Must stand in the file exactly once. */
  readonly text: string
  readonly replacement: string
  /** The scenario that comes close to the mistake; missing: all faults by chance. */
  readonly shownBy?: "beside-dark" | "late-creates" | "lost-creates"
  /** A seed that is known to notice it, for a quick check; `npm run mutants` hunts from the first. */
  readonly caughtBy: number
}

/** Mistakes that would be worst and easiest to make, in what decides and in the adapters. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no version check",
    file: "adapters/run-table/memory/memory-run-table.ts",
    text: "if (row.record.version !== change.next.version - 1)",
    replacement: "if (row.record.version < 0)",
    caughtBy: 1,
  },
  {
    name: "count apart from the claim",
    file: "adapters/run-table/memory/memory-run-table.ts",
    text: "if (row.record.version !== change.next.version - 1)",
    // The count is taken before it is known whether the claim wins, and a loser's is not given back.
    replacement:
      "const isLate = row.record.version !== change.next.version - 1\n    if (isLate && change.take !== null) this.#count(holdOf(stored.record, change.take), 1)\n    if (isLate)",
    caughtBy: 10,
  },
  {
    name: "predecessor trusted",
    file: "core/decision/settled.ts",
    text: "if (attempt.claimedBy === policy.me) return attempt.settledAt",
    replacement: "if (attempt.claimedBy !== null) return attempt.settledAt",
    caughtBy: 4,
  },
  {
    name: "no settling",
    file: "core/decision/settled.ts",
    text: "return from === null || at > from",
    replacement: "return from === null || at > 0",
    caughtBy: 1,
  },
  {
    name: "counts not given back",
    file: "adapters/run-table/memory/memory-run-table.ts",
    text: "    this.#count(given, -1)\n",
    replacement: "",
    caughtBy: 5,
  },
  {
    name: "missing job given up at once",
    file: "core/decision/decide-running.ts",
    text: "seen.at > withUnansweredSend(attempt, policy) ?",
    replacement: "seen.at > 0 ?",
    caughtBy: 1,
  },
  {
    name: "orders not read after the claim",
    file: "app/perform.ts",
    text: "return { ...carried, run: (await ports.table.readRun(carried.run.run)) ?? carried.run }",
    replacement: "return carried",
    caughtBy: 4,
  },
  {
    name: "stop not verified",
    file: "app/stop-run.ts",
    text: "if (open.length === 0 && areOver && wereOver) return []",
    replacement: "if (areOver) return []",
    caughtBy: 20,
  },
  {
    name: "signature thought to die with its claim",
    file: "core/decision/settled.ts",
    text: "attempt.sendBy + policy.timing.settle",
    replacement: "attempt.sendBy",
    caughtBy: 1,
  },
  {
    name: "refused after an unanswered try",
    file: "adapters/training-service/sagemaker/launch.ts",
    text: 'return isUnanswered ? { kind: "unanswered" } : (refusal ?? { kind: "nothing" })',
    replacement: 'return refusal ?? { kind: isUnanswered ? "unanswered" : "nothing" }',
    caughtBy: 1,
  },
  {
    name: "no look after ResourceInUse",
    file: "adapters/training-service/sagemaker/launch.ts",
    text: "return taken(tried, await ports.look())",
    replacement: 'return tried.refusal ?? { kind: "foreign", detail: "somebody has the name" }',
    caughtBy: 1,
  },
  {
    name: "job adopted without its tags",
    file: "adapters/training-service/sagemaker/sagemaker-training.ts",
    text: "if (!this.#ours.has(arn)) {",
    replacement: 'if (arn === "") {',
    caughtBy: 6,
  },
  {
    name: "absence dated later than it was seen",
    file: "adapters/training-service/sagemaker/sagemaker-training.ts",
    text: 'return isAbsent(error) ? { kind: "absent", at } :',
    replacement: 'return isAbsent(error) ? { kind: "absent", at: at + 600_000 } :',
    caughtBy: 1,
  },
  {
    name: "lost answer taken for a refusal",
    file: "adapters/training-service/sagemaker/refusals.ts",
    text: 'return { kind: "lost" }',
    replacement: 'return refused("never", "throttled", false, text)',
    caughtBy: 1,
  },
  {
    name: "pinned bytes not checked",
    file: "adapters/object-store/s3/s3-store.ts",
    text: "          IfMatch: ref.etag,\n",
    replacement: "",
    caughtBy: 108,
  },
  {
    name: "events trusted alone",
    file: "app/follow-run.ts",
    text: "const found = await this.#listing.look(",
    replacement: "if (this.#events.isTold) return\n    const found = await this.#listing.look(",
    caughtBy: 3,
  },
  {
    name: "observation without its time",
    file: "core/decision/decide.ts",
    text: "const c: Case = { row, seen, policy, now }",
    replacement: 'const c: Case = { row, seen: "at" in seen ? { ...seen, at: now } : seen, policy, now }',
    shownBy: "late-creates",
    caughtBy: 1,
  },
  {
    name: "claim deadline ignored",
    file: "adapters/training-service/sagemaker/sagemaker-training.ts",
    text: "return await within(clock, attempt.sendBy, signal, (cut) =>\n        launch({ client, world, look, created }, request, attempt, cut),",
    replacement:
      "const late = { ...attempt, sendBy: attempt.sendBy + 1_200_000 }\n      return await within(clock, late.sendBy, signal, (cut) =>\n        launch({ client, world, look, created }, request, late, cut),",
    shownBy: "lost-creates",
    caughtBy: 1,
  },
  {
    name: "regions wait for each other",
    file: "app/region-lanes.ts",
    text: "await Promise.race([all, this.#clock.sleep(until, done.signal)])",
    replacement: "await all",
    shownBy: "beside-dark",
    caughtBy: 1,
  },
  {
    name: "listing waits for every region",
    file: "app/job-listing.ts",
    text: "await Promise.race([all, this.#world.clock.sleep(until, done.signal)])",
    replacement: "await all",
    shownBy: "beside-dark",
    caughtBy: 1,
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
