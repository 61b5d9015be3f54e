import { describe, expect, test } from "vitest"
import { withProgress } from "../../../../src/cli/output/progress.ts"
import type { Shell } from "../../../../src/ports/world.ts"
import { VirtualClock } from "../../../../src/simulation/virtual-clock.ts"

async function shown(isInteractive: boolean, work: (clock: VirtualClock) => Promise<void>): Promise<string> {
  const clock = new VirtualClock(0)
  let text = ""
  const err = (more: string) => {
    text += more
  }
  const shell = { clock, isInteractive, columns: 40, err } as unknown as Shell
  let isOver = false
  let error: unknown = null
  void withProgress(shell, "counting", async (progress) => {
    progress.update(1, 10)
    await work(clock)
    progress.update(7, 10)
  })
    .catch((thrown: unknown) => {
      error = thrown
    })
    .finally(() => {
      isOver = true
    })
  await clock.run(
    () => new Promise((resolve) => setImmediate(resolve)),
    () => isOver,
  )
  return error === null ? text : `${text}${String(error)}`
}

describe("progress", () => {
  test("a task of less than two seconds is silent", async () => {
    expect(await shown(false, (clock) => clock.sleep(1_900))).toBe("")
    expect(await shown(true, (clock) => clock.sleep(1_900))).toBe("")
  })

  test("without a terminal there is a line every ten seconds, and no cursor moves", async () => {
    expect(await shown(false, (clock) => clock.sleep(25_000))).toBe(
      "counting: 1 of 10 (2s)\ncounting: 1 of 10 (12s)\ncounting: 1 of 10 (22s)\n",
    )
  })

  test("on a terminal one line is redrawn, kept to its width, and gone at the end", async () => {
    const text = await shown(true, (clock) => clock.sleep(3_500))
    expect(text).toBe(
      "\r\u001b[2Kcounting: 1 of 10 (2s)\r\u001b[2Kcounting: 1 of 10 (3s)\r\u001b[2Kcounting: 7 of 10 (4s)\r\u001b[2K",
    )
  })

  test("is gone when the task fails", async () => {
    const text = await shown(true, async (clock) => {
      await clock.sleep(2_500)
      throw new Error("no more")
    })
    expect(text).toBe("\r\u001b[2Kcounting: 1 of 10 (2s)\r\u001b[2KError: no more")
  })
})
