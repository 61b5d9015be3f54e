import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { commandStep, countsLine, runSteps } from "../../../scripts/steps.ts"

let said: string[] = []
beforeEach(() => {
  said = []
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line))
})
afterEach(() => vi.restoreAllMocks())

test("steps run in order, and each is told with its seconds", async () => {
  const steps = [commandStep("one", "node", "-e", ""), commandStep("two", "node", "-e", "")]
  expect(await runSteps(steps)).toEqual({ counts: { passed: 0, failed: 0, skipped: 0 }, failed: null })
  expect(said).toEqual([expect.stringMatching(/^ok +one +\d+\.\d s$/), expect.stringMatching(/^ok +two +\d+\.\d s$/)])
})

test("the first step that fails is the last, and its output is shown", async () => {
  const fails = commandStep("fails", "node", "-e", 'console.error("the reason"); process.exit(3)')
  const { failed, counts } = await runSteps([fails, commandStep("never", "node", "-e", "")])
  expect(failed).toBe("fails")
  expect(countsLine(counts)).toBe("0 passed, 1 failed")
  expect(said.join("\n")).toContain("the reason")
  expect(said.join("\n")).not.toContain("never")
})

test("a command that is not installed fails its step", async () => {
  expect(await runSteps([commandStep("gone", "no-such-command")])).toMatchObject({ failed: "gone" })
  expect(said.join("\n")).toContain("ENOENT")
})

test("the closing line is one that a program can read", () => {
  expect(countsLine({ passed: 12, failed: 1, skipped: 3 })).toBe("12 passed, 1 failed")
})
