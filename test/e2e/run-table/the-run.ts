import type { RunId } from "../../../src/core/ids.ts"
import { placeKey } from "../../../src/core/job/place.ts"
import { aPlace, aRun } from "../../builders.ts"

/** The run that every process of these tests writes to: places are counted, and money is. */
export const theRun = aRun({
  limits: { [placeKey(aPlace())]: 1_000_000 },
  prices: { "us-east-1/ml.p3.16xlarge": 60 },
})

/** A run with room for 40 instances and money for 25 rows of a dollar. */
export const theTightRun = aRun({
  run: "rg-20261120142233-tight-aaaa" as RunId,
  limits: { [placeKey(aPlace())]: 40 },
  budgetUsd: 25,
})
