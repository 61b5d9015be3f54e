import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { expect, test } from "vitest"
import {
  parsePythonValue,
  toArgument,
  toJson,
} from "../../src/adapters/training-service/local-process/contract/python-value.ts"

test("any JSON is told as Python tells it", () => {
  const texts = fc.sample(fc.json({ maxDepth: 3 }), { numRuns: 300, seed: 7 })
  const script = `
import json, sys
def argument(value):
    if value is None: return ""
    if isinstance(value, dict): return ",".join("%s=%s" % item for item in sorted(value.items()))
    return str(value)
print(json.dumps([[json.dumps(v, sort_keys=True, separators=(",", ":")), argument(v)] for v in map(json.loads, json.load(sys.stdin))]))
`
  const told = JSON.parse(execFileSync("python3", ["-c", script], { input: JSON.stringify(texts), encoding: "utf8" }))
  const ours = texts.map((text) => {
    const value = parsePythonValue(text)
    return [toJson(value), toArgument(value)]
  })
  expect(ours).toEqual(told)
})
