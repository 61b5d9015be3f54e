import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { LongestFirst } from "./test/longest-first.ts"

const offline = ["unit", "contract", "property", "golden", "cli", "simulation"]

export default defineConfig({
  test: {
    // Vitest leaves one core to itself; what it does beside the tests is little.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "check",
          include: [...offline.map((room) => `test/${room}/**/*.test.ts`), "test/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/build-once.ts",
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
