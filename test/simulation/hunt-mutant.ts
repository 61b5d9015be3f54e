import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { Mutant } from "./mutants.ts"

export interface Hunted {
  readonly caught: boolean
  readonly seed: number | null
  /** What must hold and did not. */
  readonly detail: string
}

/** Simulates with the mistake in the source, in a process of its own, until it is noticed or the seeds are used up. */
export async function huntMutant(
  mutant: Mutant,
  { firstSeed, seeds, rows }: { readonly firstSeed: number; readonly seeds: number; readonly rows: number },
): Promise<Hunted> {
  const hook = new URL("./mutate-hook.ts", import.meta.url).href
  const hunt = fileURLToPath(new URL("./hunt.ts", import.meta.url))
  const child = spawn(process.execPath, ["--import", hook, hunt, `${firstSeed}`, `${seeds}`, `${rows}`], {
    env: { ...process.env, REGATTA_MUTANT: mutant.name },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  const [out, problems, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (exit !== 0) throw new Error(`the hunt for "${mutant.name}" ended with ${exit}:\n${problems}`)
  const { caught, seed, violation } = JSON.parse(out)
  return { caught, seed, detail: violation === undefined ? "" : `${violation.invariant}: ${violation.detail}` }
}
