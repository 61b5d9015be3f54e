// `npm test`: all of `npm run check`, then the build and the tests with real processes. What this machine cannot run is
// named at the end; with CI=true that is a failure.
import { gaps } from "../test/machine.ts"
import { CHECK_STEPS } from "./check-steps.ts"
import { commandStep, countsLine, runSteps, testStep } from "./steps.ts"

const { counts, failed } = await runSteps([
  ...CHECK_STEPS,
  commandStep("build", "node", "scripts/build.mjs"),
  testStep("e2e", "e2e", "test/e2e/"),
])

const missing = gaps()
for (const { what, mend } of missing) console.log(`not run here: ${what}\n  to mend: ${mend}`)
if (counts.skipped > 0) console.log(`${counts.skipped} tests were not run`)
console.log(countsLine(counts))

const isWhole = missing.length === 0 && counts.skipped === 0
process.exitCode = failed === null && (isWhole || process.env["CI"] !== "true") ? 0 : 1
