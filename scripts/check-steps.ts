// What `npm run check` does: offline, about a minute.
import { commandStep, type Step, testStep } from "./steps.ts"

const ROOMS = ["unit", "contract", "property", "golden", "cli", "simulation"]

export const CHECK_STEPS: readonly Step[] = [
  commandStep("types", "tsc", "--noEmit"),
  commandStep("lint, format", "biome", "check", "--error-on-warnings", "."),
  testStep("architecture", "check", "test/architecture.test.ts"),
  testStep("documents", "check", "test/documents.test.ts"),
  ...ROOMS.map((room) => testStep(room, "check", `test/${room}/`)),
]
