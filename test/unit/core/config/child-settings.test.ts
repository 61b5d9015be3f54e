import { describe, expect, test } from "vitest"
import { childSettings, homeRegion, readChildSettings } from "../../../../src/core/config/child-settings.ts"

const SETTINGS = { table: "dynamodb:regatta", prefix: "rg", home: "us-east-1", account: "123456789012" }

describe("settings of a child", () => {
  test("come back as they were given", () => {
    const queue = "arn:aws:sqs:us-east-1:123456789012:events"
    const other = { ...SETTINGS, codeLocation: "s3://code-{region}/" }
    for (const settings of [SETTINGS, other, { ...SETTINGS, eventQueue: queue }])
      expect(readChildSettings(childSettings(settings))).toEqual(settings)
  })

  test("need a table and a home region, and name what is missing", () => {
    expect(() => readChildSettings({ REGATTA_HOME_REGION: "us-east-1" })).toThrow("REGATTA_TABLE is not set")
    expect(() => readChildSettings({ REGATTA_TABLE: "dynamodb:regatta" })).toThrow("REGATTA_HOME_REGION is not set")
  })

  test("have the region that the process runs in as home where none is told", () => {
    expect(homeRegion({ AWS_REGION: "eu-west-1" })).toBe("eu-west-1")
    expect(homeRegion({ AWS_REGION: "eu-west-1", REGATTA_HOME_REGION: "us-east-1" })).toBe("us-east-1")
    expect(homeRegion({})).toBeNull()
  })
})
