// `npm run check`: types, lint and format, architecture, and every test that needs neither a real process nor a network.
import { CHECK_STEPS } from "./check-steps.ts"
import { countsLine, runSteps } from "./steps.ts"

const { counts, failed } = await runSteps(CHECK_STEPS)
console.log(countsLine(counts))
process.exitCode = failed === null ? 0 : 1
