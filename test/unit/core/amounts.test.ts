import { expect, test } from "vitest"
import { hoursText, sizeText, usdText } from "../../../src/core/amounts.ts"

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [2_430, "2.4 kB"],
  [151_000_000_000, "151 GB"],
  [1_400_000_000_000, "1.4 TB"],
])("%d bytes read %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

test.each([
  [0, "$0"],
  [0.004, "less than a cent"],
  [3.02, "$3.02"],
  [28, "$28"],
  [447.38, "$447"],
  [1404.58, "$1,405"],
])("%d USD read %s", (usd, text) => {
  expect(usdText(usd)).toBe(text)
})

test.each([
  [0.001, "no time"],
  [0.2, "12 min"],
  [3.2, "3.2 h"],
  [140.4, "140 h"],
])("%d hours read %s", (hours, text) => {
  expect(hoursText(hours)).toBe(text)
})
