import { describe, expect, test } from "vitest"
import { inLanes } from "../../../src/app/in-lanes.ts"

/** Work that a test ends by name. */
function handwork() {
  const ends = new Map<string, { readonly done: () => void; readonly failed: (error: Error) => void }>()
  const begun: string[] = []
  const work = (name: string) => {
    begun.push(name)
    return new Promise<void>((done, failed) => ends.set(name, { done, failed }))
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    begun,
    work,
    turn,
    end: (name: string) => ends.get(name)?.done(),
    fail: (name: string) => ends.get(name)?.failed(new Error(name)),
  }
}

const laneOf = (name: string) => name[0] ?? ""

describe("inLanes", () => {
  test("begins so many of each lane and goes on as they end, each lane at its own pace", async () => {
    const hand = handwork()
    const all = inLanes(["a1", "a2", "a3", "b1", "b2"], laneOf, 2, hand.work)
    expect(hand.begun).toEqual(["a1", "a2", "b1", "b2"])
    hand.end("a2")
    await hand.turn()
    expect(hand.begun).toContain("a3")
    for (const name of ["a1", "a3", "b1", "b2"]) hand.end(name)
    await expect(all).resolves.toBeUndefined()
  })

  test("an error ends its lane and no other, and is thrown when all lanes have ended", async () => {
    const hand = handwork()
    const all = inLanes(["a1", "a2", "b1", "b2"], laneOf, 1, hand.work)
    let isOver = false
    const over = all.catch((error: Error) => {
      isOver = true
      return error.message
    })
    hand.fail("a1")
    await hand.turn()
    hand.end("b1")
    await hand.turn()
    expect(isOver).toBe(false)
    hand.end("b2")
    expect(await over).toBe("a1")
    expect(hand.begun).toEqual(["a1", "b1", "b2"])
  })

  test("with nothing to do is done", async () => {
    await expect(inLanes([], laneOf, 2, async () => {})).resolves.toBeUndefined()
  })
})
