import { describe, expect, test } from "vitest"
import { Channel } from "../../../src/app/channel.ts"

describe("a channel", () => {
  test("hands every item on in order, with at most its room on the way", async () => {
    const channel = new Channel<number>(3)
    let pushed = 0
    const writing = (async () => {
      for (let item = 0; item < 100; item += 1) {
        await channel.push(item)
        pushed += 1
      }
      channel.close()
    })()
    const read: number[] = []
    for await (const item of channel) {
      read.push(item)
      expect(pushed - item).toBeLessThanOrEqual(2 * 3)
      await Promise.resolve()
    }
    await writing
    expect(read).toEqual(Array.from({ length: 100 }, (_, item) => item))
  })

  test("gives the reader what was pushed before it was closed, also where nobody read before", async () => {
    const channel = new Channel<string>()
    await channel.push("a")
    await channel.push("b")
    channel.close()
    const read: string[] = []
    for await (const item of channel) read.push(item)
    expect(read).toEqual(["a", "b"])
  })

  test("fails the reader with the writer's error and nothing that was on the way", async () => {
    const channel = new Channel<string>()
    await channel.push("a")
    channel.fail(new Error("broken"))
    const read: string[] = []
    const reading = async () => {
      for await (const item of channel) read.push(item)
    }
    await expect(reading()).rejects.toThrow("broken")
    expect(read).toEqual([])
  })

  test("wakes a reader that waits, at the end and at an error", async () => {
    const ended = new Channel<string>()
    const failed = new Channel<string>()
    const reading = [ended, failed].map((channel) => channel[Symbol.asyncIterator]().next())
    ended.close()
    failed.fail(new Error("broken"))
    expect(await reading[0]).toEqual({ value: undefined, done: true })
    await expect(reading[1]).rejects.toThrow("broken")
  })

  test("tells a writer that waits that its reader is gone", async () => {
    const channel = new Channel<number>(1)
    const writing = channel.push(1)
    for await (const _ of channel) break
    expect(await writing).toBe(true)
    expect(await channel.push(2)).toBe(false)
  })
})
