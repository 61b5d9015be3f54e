import { describe, expect, test } from "vitest"
import { isRetried, readRetryStrategy } from "../../../../src/simulation/batch/retry-strategy.ts"

const EXITED = { exitCode: 75, reason: "", statusReason: "Essential container in task exited" }
const LOST = { exitCode: null, reason: "", statusReason: "Host EC2 (instance i-0123) terminated." }

describe("whether a failed attempt is followed by another", () => {
  test.each<[string, object, number, typeof EXITED | typeof LOST, boolean]>([
    ["no rule: again", { attempts: 3 }, 1, EXITED, true],
    ["the last attempt: not", { attempts: 3 }, 3, EXITED, false],
    ["no strategy but a number: once", { attempts: 1 }, 1, EXITED, false],
    ["an exit code", { attempts: 3, evaluateOnExit: [{ onExitCode: "75", action: "EXIT" }] }, 1, EXITED, false],
    [
      "an exit code by its beginning",
      { attempts: 3, evaluateOnExit: [{ onExitCode: "7*", action: "exit" }] },
      1,
      EXITED,
      false,
    ],
    [
      "another exit code: again",
      { attempts: 3, evaluateOnExit: [{ onExitCode: "7", action: "EXIT" }] },
      1,
      EXITED,
      true,
    ],
    [
      "a code of one that has none",
      { attempts: 3, evaluateOnExit: [{ onExitCode: "0*", action: "EXIT" }] },
      1,
      LOST,
      true,
    ],
    [
      "a lost host, then whatever else: the first rule decides",
      {
        attempts: 3,
        evaluateOnExit: [
          { onStatusReason: "Host EC2*", action: "RETRY" },
          { onReason: "*", action: "EXIT" },
        ],
      },
      1,
      LOST,
      true,
    ],
    [
      "all conditions of a rule must hold",
      { attempts: 3, evaluateOnExit: [{ onStatusReason: "Host*", onExitCode: "75", action: "EXIT" }] },
      1,
      EXITED,
      true,
    ],
  ])("%s", (_, retryStrategy, attempt, end, expected) => {
    const strategy = readRetryStrategy({ retryStrategy })
    if (strategy === undefined) throw new Error("none was read")
    expect(isRetried(strategy, attempt, end)).toBe(expected)
  })
})

test.each<[string, object]>([
  ["no attempts", { attempts: 0 }],
  ["eleven attempts", { attempts: 11 }],
  ["rules without attempts", { evaluateOnExit: [{ onExitCode: "1", action: "EXIT" }] }],
  [
    "six rules",
    { attempts: 2, evaluateOnExit: Array.from({ length: 6 }, () => ({ onExitCode: "1", action: "EXIT" })) },
  ],
  ["a rule without a condition", { attempts: 2, evaluateOnExit: [{ action: "EXIT" }] }],
  ["an asterisk that is not at the end", { attempts: 2, evaluateOnExit: [{ onReason: "a*b", action: "EXIT" }] }],
  ["brackets", { attempts: 2, evaluateOnExit: [{ onStatusReason: "Host EC2 (instance*", action: "EXIT" }] }],
  ["an exit code in words", { attempts: 2, evaluateOnExit: [{ onExitCode: "one", action: "EXIT" }] }],
  ["another action", { attempts: 2, evaluateOnExit: [{ onExitCode: "1", action: "STOP" }] }],
])("refuses %s", (_, retryStrategy) => {
  expect(() => readRetryStrategy({ retryStrategy })).toThrow(/Error executing request/)
})
