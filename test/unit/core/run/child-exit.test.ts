import { describe, expect, test } from "vitest"
import { ERROR_CODES } from "../../../../src/core/errors.ts"
import { afterExit, CHILD_ATTEMPTS, WORKER_EXIT } from "../../../../src/core/run/child-exit.ts"

describe("the end of one attempt of a child", () => {
  test("0 is a success, also at the last attempt", () => {
    expect(afterExit(1, 0)).toBe("succeeded")
    expect(afterExit(CHILD_ATTEMPTS, 0)).toBe("succeeded")
  })

  test.each([64, 65, 70])("%i ends the child at its first attempt", (code) => {
    expect(afterExit(1, code)).toBe("failed")
  })

  test("every other code, and none, is tried again up to the tenth attempt", () => {
    const others = [null, ...Array.from({ length: 255 }, (_, code) => code + 1)].filter(
      (code) => code === null || ![64, 65, 70].includes(code),
    )
    for (const code of others) {
      expect(afterExit(1, code)).toBe("retry")
      expect(afterExit(CHILD_ATTEMPTS - 1, code)).toBe("retry")
      expect(afterExit(CHILD_ATTEMPTS, code)).toBe("failed")
    }
  })

  test("every error of the worker exits with a code that the worker has", () => {
    const known: readonly number[] = Object.values(WORKER_EXIT)
    for (const { worker } of Object.values(ERROR_CODES)) expect(known).toContain(worker)
  })
})
