import { expect, test } from "vitest"
import {
  parsePythonValue,
  toArgument,
  toVariable,
} from "../../../../../src/adapters/training-service/local-process/contract/python-value.ts"

test.each([
  // text, argument, variable
  ["5", "5", "5"],
  ["-0", "0", "0"],
  ["0.1", "0.1", "0.1"],
  ["1e-05", "1e-05", "1e-05"],
  ["0.00012", "0.00012", "0.00012"],
  ["1e21", "1e+21", "1e+21"],
  ["1.0", "1.0", "1.0"],
  ["-0.0", "-0.0", "-0.0"],
  ["1e2", "100.0", "100.0"],
  ["123456789012345680.0", "1.2345678901234568e+17", "1.2345678901234568e+17"],
  ["12345678901234567890", "12345678901234567890", "12345678901234567890"],
  ["NaN", "nan", "NaN"],
  ["1e999", "inf", "Infinity"],
  ["true", "True", "true"],
  ["null", "", ""],
  ['"abc"', "abc", "abc"],
  ['"5"', "5", "5"],
  ['""', "", ""],
  ["plain text", "plain text", "plain text"],
  ["[64, 32]", "[64, 32]", "[64,32]"],
  ['["it\'s", "\\"", "a\\nb"]', "[\"it's\", '\"', 'a\\nb']", '["it\'s","\\"","a\\nb"]'],
  ['{"lr": 0.1, "b": [1, null]}', "b=[1, None],lr=0.1", '{"b":[1,null],"lr":0.1}'],
  ['{"a": null, "b": {"c": "d"}}', "a=None,b={'c': 'd'}", '{"a":null,"b":{"c":"d"}}'],
  ['["naïve", "😀"]', "['naïve', '😀']", '["na\\u00efve","\\ud83d\\ude00"]'],
])("%s is the argument %j and the variable %j", (text, argument, variable) => {
  const value = parsePythonValue(text)
  expect([toArgument(value), toVariable(value)]).toEqual([argument, variable])
})
