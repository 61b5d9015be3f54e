import { describe, expect, test } from "vitest"
import { SeededRandom } from "../../../../src/core/sweep/seeded-random.ts"
import { SOBOL_DIMENSIONS, SobolSequence } from "../../../../src/core/sweep/sobol.ts"

/** Point 777 of all 128 dimensions in 1024ths, as SciPy 1.17.1 (qmc.Sobol, not scrambled) has it: another reader of the same table. */
const POINT_777 =
  "709 959 167 281 651 365 195 781 357 331 763 713 393 485 583 527 413 885 379 771 243 279 969 493 353 149 " +
  "61 799 65 113 555 921 115 3 825 969 473 359 351 367 739 273 971 411 329 155 385 33 795 975 85 37 631 725 " +
  "709 933 365 661 821 565 525 501 141 437 961 929 529 817 433 369 849 729 137 521 473 425 963 575 175 447 " +
  "763 551 835 371 163 699 199 679 851 695 199 79 427 427 467 163 667 683 87 523 863 775 731 755 947 301 961 " +
  "1017 981 133 3 211 359 233 421 625 979 375 481 913 641 463 113 415 829 47 97 121"

describe("the Sobol sequence", () => {
  test("begins as it is published", () => {
    const sequence = new SobolSequence(5, null)
    expect(Array.from({ length: 8 }, () => sequence.next())).toEqual([
      [0, 0, 0, 0, 0],
      [0.5, 0.5, 0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25, 0.25, 0.75],
      [0.25, 0.75, 0.75, 0.75, 0.25],
      [0.375, 0.375, 0.625, 0.875, 0.375],
      [0.875, 0.875, 0.125, 0.375, 0.875],
      [0.625, 0.125, 0.875, 0.625, 0.625],
      [0.125, 0.625, 0.375, 0.125, 0.125],
    ])
  })

  test("has the published directions in every dimension", () => {
    const sequence = new SobolSequence(SOBOL_DIMENSIONS, null)
    let point: readonly number[] = []
    for (let at = 0; at <= 777; at += 1) point = sequence.next()
    expect(point.map((each) => each * 1024).join(" ")).toBe(POINT_777)
  })

  test.each([null, 1, 2, 99])(
    "has one of its first 256 points in each 256th of every dimension (scrambled by %s)",
    (seed) => {
      const sequence = new SobolSequence(SOBOL_DIMENSIONS, seed === null ? null : new SeededRandom(seed))
      const points = Array.from({ length: 256 }, () => sequence.next())
      for (let dimension = 0; dimension < SOBOL_DIMENSIONS; dimension += 1)
        expect(new Set(points.map((point) => Math.floor((point[dimension] ?? 0) * 256))).size).toBe(256)
    },
  )

  test("is scrambled differently by each seed, and never to the point 0", () => {
    const first = (seed: number) => new SobolSequence(3, new SeededRandom(seed)).next()
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
    for (let seed = 0; seed < 50; seed += 1) expect(first(seed)).not.toContain(0)
  })

  test("has one of its first 256 points in each of the 256 squares of its first two dimensions, scrambled or not", () => {
    for (const random of [null, new SeededRandom(3)]) {
      const sequence = new SobolSequence(2, random)
      const squares = Array.from({ length: 256 }, () =>
        sequence
          .next()
          .map((each) => Math.floor(each * 16))
          .join(),
      )
      expect(new Set(squares).size).toBe(256)
    }
  })
})
