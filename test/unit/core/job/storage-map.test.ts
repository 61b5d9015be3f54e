import { pathToFileURL } from "node:url"
import { describe, expect, test } from "vitest"
import { filePath, fileUri } from "../../../../src/core/file-uri.ts"
import { resolveStorage } from "../../../../src/core/job/storage-map.ts"

const map = {
  demo: "/data/demo",
  "demo/imagenet": "/fast/imagenet/",
  "s3://other/raw/": "/raw",
}

describe("resolveStorage", () => {
  test.each([
    ["a bucket", "s3://demo/a/b.csv", "/data/demo/a/b.csv"],
    ["a bucket alone", "s3://demo", "/data/demo"],
    ["a slash at the end", "s3://demo/a/", "/data/demo/a/"],
    ["the longest prefix", "s3://demo/imagenet/x", "/fast/imagenet/x"],
    ["a prefix that only begins alike", "s3://demo/imagenet2/x", "/data/demo/imagenet2/x"],
    ["a key of the map with scheme and slash", "s3://other/raw/x", "/raw/x"],
    ["what the map does not cover", "s3://other/done/x", "/state/storage/other/done/x"],
    ["a bucket that only begins alike", "s3://demo2/x", "/state/storage/demo2/x"],
    ["a file URI", "file:///tmp/a%20b", "/tmp/a b"],
  ])("finds %s", (_, uri, path) => {
    expect(resolveStorage(uri, map, "/state/storage")).toBe(path)
  })

  test.each([
    ["what the map does not cover, without a state folder", "s3://other/done/x"],
    ["a key that would leave its folder", "s3://demo/../../etc/passwd"],
    ["another machine's file", "file://host/etc/passwd"],
    ["another scheme", "https://demo/a"],
    ["no bucket", "s3:///a"],
  ])("has no place for %s", (_, uri) => {
    expect(resolveStorage(uri, map, null)).toBeNull()
  })

  test("a key with dots has no place even where a state folder is given", () => {
    expect(resolveStorage("s3://free/../x", map, "/state/storage")).toBeNull()
  })
})

describe("fileUri", () => {
  test.each(["/a/b", "/a b/ü#?%25.csv", "/a/[1]/x'\"\\y"])("gives %s back", (path) => {
    expect(filePath(fileUri(path))).toBe(path)
  })

  test("writes what Node writes, for the characters a URI must escape", () => {
    expect(fileUri("/a b/c#d?e%f")).toBe(pathToFileURL("/a b/c#d?e%f").href)
  })

  test.each(["file:///%E0%A4%A", "file:///a%00b", "/a", ""])("refuses %j", (text) => {
    expect(filePath(text)).toBeNull()
  })
})
