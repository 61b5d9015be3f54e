import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Schedule } from "../../../../src/adapters/array-queue/local/schedule.ts"

const REGIONS = ["eu-west-1", "us-east-1", "us-west-2"]
const regionOf = (child: number) => REGIONS[child % REGIONS.length] ?? ""

describe("which child starts next", () => {
  test("in order of index within a region, and from the region with the fewest workers", () => {
    const schedule = scheduleOf(9, 3)
    expect(Array.from({ length: 9 }, () => schedule.next())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(schedule.next()).toBeNull()
  })

  test("of regions with as many workers the one with the lowest index", () => {
    const schedule = scheduleOf(9, 1)
    expect([schedule.next(), schedule.next()]).toEqual([0, 1])
    schedule.ended(0)
    expect(schedule.next()).toBe(2)
  })

  test("a region that is full leaves the others theirs", () => {
    const schedule = scheduleOf(9, 1)
    expect([schedule.next(), schedule.next(), schedule.next(), schedule.next()]).toEqual([0, 1, 2, null])
    schedule.ended(1)
    expect([schedule.next(), schedule.next()]).toEqual([4, null])
  })

  test("a worker that runs already counts", () => {
    const schedule = scheduleOf(3, 1)
    schedule.adopt(6)
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([1, 2, null])
  })

  test("after clear nothing starts, and what runs still counts", () => {
    const schedule = scheduleOf(6, 1)
    schedule.next()
    schedule.clear()
    expect(schedule.queued).toBe(0)
    expect(schedule.next()).toBeNull()
    schedule.add(3)
    expect(schedule.next()).toBeNull()
    schedule.ended(0)
    expect(schedule.next()).toBe(3)
  })

  test("whatever ends when: no region passes its bound, no child starts twice, none is forgotten", () => {
    const steps = fc.array(fc.oneof(fc.constant("start" as const), fc.nat(7)), { maxLength: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), steps, (size, bound, walk) => {
        const schedule = scheduleOf(size, bound)
        const running: number[] = []
        const started = new Set<number>()
        const start = () => {
          const child = schedule.next()
          if (child === null) return false
          expect(started.has(child)).toBe(false)
          started.add(child)
          running.push(child)
          for (const region of REGIONS) {
            expect(running.filter((each) => regionOf(each) === region).length).toBeLessThanOrEqual(bound)
          }
          return true
        }
        const end = (at: number) => {
          const [child] = running.splice(at % running.length, 1)
          if (child !== undefined) schedule.ended(child)
        }
        for (const step of walk) step === "start" ? start() : end(step)
        while (schedule.queued > 0) if (!start()) end(0)
        expect(started.size).toBe(size)
      }),
    )
  })
})

function scheduleOf(size: number, perRegion: number): Schedule {
  const schedule = new Schedule(regionOf, perRegion)
  for (let child = 0; child < size; child += 1) schedule.add(child)
  return schedule
}
