import { describe, expect, test } from "vitest"
import { KNOWN_REGIONS, looksLikeRegion, partitionOf } from "../../../../src/core/manifest/regions.ts"

describe("regions", () => {
  test("all look like one", () => {
    expect([...KNOWN_REGIONS].filter((region) => !looksLikeRegion(region))).toEqual([])
  })

  test.each(["region", "us-east", "US-EAST-1", "us-east-1a", "s3://us-east-1", "", "a-b-1"])(
    "%j does not look like one",
    (text) => {
      expect(looksLikeRegion(text)).toBe(false)
    },
  )

  test.each([
    ["us-east-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-iso-east-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["us-isof-south-1", "aws-iso-f"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["eusc-de-east-1", "aws-eusc"],
    ["ap-newest-9", "aws"],
  ])("%s is of %s", (region, partition) => {
    expect(partitionOf(region)).toBe(partition)
  })
})
