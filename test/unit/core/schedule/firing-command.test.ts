import { describe, expect, test } from "vitest"
import { firingCommand, parseFiringCommand } from "../../../../src/core/schedule/firing-command.ts"
import { SOURCES } from "../../../../src/core/schedule/schedule.ts"
import { aSchedule } from "../../../builders.ts"

describe("the command of a firing", () => {
  test.each(SOURCES.flatMap((source) => [null, "/home/ada/regatta.yaml"].map((config) => [source, config] as const)))(
    "of a %s with the configuration %s is read back as it was made",
    (source, config) => {
      const options = ["--param", "day={scheduled.date}", "--time-zone", "Europe/Berlin"]
      const { name, manifest, overlap } = aSchedule()
      const fired = { name, source, manifest, config, overlap, options }
      expect(parseFiringCommand(firingCommand(fired, "2026-11-29T02:00:00Z"))).toEqual(fired)
    },
  )

  test.each([[[]], [["follow", "rg-1"]], [["submit", "--sweep"]], [["submit", "m.csv", "--wait"]]])(
    "%j is none",
    (command) => {
      expect(parseFiringCommand(command)).toBeNull()
    },
  )
})
