import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ROOT, run } from "./regatta-process.ts"

const ENTRY = join(ROOT, "src/cli/main.ts")

test.each([
  ["worker", "--help"],
  ["worker", "-h"],
  ["help", "worker"],
])("`regatta %s %s` shows help and carries nothing", async (...words) => {
  // With this in its environment a worker would begin to work.
  const env = {
    REGATTA_RUN: "rg-20261120142233-none-k3f9",
    REGATTA_ROW_INDEX: "0",
    REGATTA_HOME: join(tmpdir(), "regatta-none"),
  }
  const { code, stdout, stderr } = await run(process.execPath, [ENTRY, ...words], { cwd: tmpdir(), env })
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout).toMatch(/^Usage: \S.* worker/)
})
