import { placeKey } from "../../../src/core/job/place.ts"
import { aPlace, aRun } from "../../builders.ts"

/** The run that every process of these tests writes to: places are counted, and money is. */
export const theRun = aRun({
  limits: { [placeKey(aPlace())]: 1_000_000 },
  prices: { "us-east-1/ml.p3.16xlarge": 60 },
})
