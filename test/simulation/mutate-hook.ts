// Read with `node --import` before anything else: the process then runs with the mistake named by REGATTA_MUTANT in its source.
import { registerHooks } from "node:module"
import { MUTANTS, mutate } from "./mutants.ts"

const mutant = MUTANTS.find(({ name }) => name === process.env["REGATTA_MUTANT"])
if (mutant === undefined) throw new Error(`no mutant is named "${process.env["REGATTA_MUTANT"] ?? ""}"`)
const url = new URL(`../../src/${mutant.file}`, import.meta.url).href

registerHooks({
  load(asked, context, next) {
    const loaded = next(asked, context)
    if (asked !== url) return loaded
    const text =
      typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source as Uint8Array)
    return { ...loaded, source: mutate(text, mutant) }
  },
})
