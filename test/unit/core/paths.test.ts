import { describe, expect, test } from "vitest"
import { folderOf, resolvePath } from "../../../src/core/paths.ts"

describe("paths", () => {
  test.each([
    ["/home/ada", "m.csv", "/home/ada/m.csv"],
    ["/home/ada", "../m.csv", "/home/m.csv"],
    ["/home/ada", "/x//y/./z/", "/x/y/z/"],
    ["/", "..", "/"],
    ["s3://bkt/a/b", "m.csv", "s3://bkt/a/b/m.csv"],
    ["s3://bkt/a/b", "../code/", "s3://bkt/a/code/"],
    ["s3://bkt/a", "../../../m.csv", "s3://bkt/m.csv"],
    ["s3://bkt/", "m.csv", "s3://bkt/m.csv"],
    ["s3://bkt/a", "/home/m.csv", "/home/m.csv"],
    ["/home/ada", "s3://other/m.csv", "s3://other/m.csv"],
  ])("from %s, %s is %s", (base, path, expected) => {
    expect(resolvePath(base, path)).toBe(expected)
  })

  test.each([
    ["/home/ada/m.csv", "/home/ada"],
    ["/m.csv", "/"],
    ["/home/ada/", "/home"],
    ["s3://bkt/a/m.csv", "s3://bkt/a"],
    ["s3://bkt/m.csv", "s3://bkt/"],
    ["s3://bkt/", "s3://bkt/"],
    ["s3://bkt", "s3://bkt/"],
  ])("%s lies in %s", (path, folder) => {
    expect(folderOf(path)).toBe(folder)
  })
})
