import { beforeEach, describe, expect, test } from "vitest"
import { LearnedRoom } from "../../../../src/core/decision/learned-room.ts"
import { aPlace } from "../../../builders.ts"

const HERE = aPlace()

describe("LearnedRoom", () => {
  let room: LearnedRoom

  beforeEach(() => {
    room = new LearnedRoom({ backOff: 60, maxBackOff: 200 })
  })

  test("a place that refused nobody is free", () => {
    expect(room.rows(HERE, 0)).toBe(Number.POSITIVE_INFINITY)
  })

  test("a refusal closes the place and no other, then one row may ask", () => {
    room.refused(HERE, 1000)
    expect(room.rows(HERE, 1059)).toBe(0)
    expect(room.rows(HERE, 1060)).toBe(1)
    expect(room.rows(aPlace({ spot: true }), 1000)).toBe(Number.POSITIVE_INFINITY)
  })

  test("the wait doubles with each refusal up to its bound, and refusals while it is closed are one", () => {
    room.refused(HERE, 0)
    room.refused(HERE, 10)
    room.refused(HERE, 60)
    expect(room.rows(HERE, 179)).toBe(0)
    expect(room.rows(HERE, 180)).toBe(1)
    room.refused(HERE, 180)
    room.refused(HERE, 380)
    expect(room.rows(HERE, 579)).toBe(0)
    expect(room.rows(HERE, 580)).toBe(1)
  })

  test("each row that is taken lets twice as many try, until the place is free again", () => {
    room.refused(HERE, 0)
    room.taken(HERE)
    expect(room.rows(HERE, 60)).toBe(2)
    for (let i = 0; i < 5; i++) room.taken(HERE)
    expect(room.rows(HERE, 60)).toBe(Number.POSITIVE_INFINITY)
  })

  test("a row of ours that ended lets one try at once", () => {
    room.refused(HERE, 1000)
    room.freed(HERE)
    expect(room.rows(HERE, 1000)).toBe(1)
  })
})
