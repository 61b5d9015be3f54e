import { beforeEach, describe, expect, test } from "vitest"
import { createRefresher } from "../../../../src/app/refresh-run.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { anAttempt, aPlace } from "../../../builders.ts"
import { ALWAYS, CHILD, LoopBed, MINUTE, PERSON, START } from "./bed.ts"

describe("a look at a region that does not answer", () => {
  let bed: LoopBed

  beforeEach(async () => {
    bed = await LoopBed.open()
  })

  async function launching(index: number, owner: OwnerId | null): Promise<void> {
    const held = { place: aPlace({ region: "eu-west-1" }), usd: null }
    const attempt = anAttempt({ jobName: jobName(bed.run.run, index, 1), claimedBy: CHILD, claimedAt: START, held })
    await bed.put(index, { owner, nextNumber: 2, state: { status: "launching", attempt } })
  }

  test("names it, for a row that a living worker launches", async () => {
    await launching(0, CHILD)
    await bed.table.renew({ owner: CHILD, until: START + 60 * MINUTE })
    bed.training.describe = async () => ({ kind: "nothing" })
    const refresher = createRefresher(bed.ports, bed.run.run, PERSON, false, ALWAYS)
    bed.after(10 * MINUTE, () => {})
    await bed.until(bed.clock.sleep(START + 10 * MINUTE))
    await bed.until(refresher.look())
    expect(refresher.trouble()).toBe("eu-west-1 does not answer")
    expect(refresher.silentRegions()).toEqual(["eu-west-1"])
    expect(refresher.hasAnswered()).toBe(true)
  })

  test("names it when it was not waited for any longer", async () => {
    await launching(0, null)
    bed.training.describe = () => new Promise<never>(() => {})
    const refresher = createRefresher(bed.ports, bed.run.run, PERSON, false, ALWAYS)
    const patience = new AbortController()
    bed.after(MINUTE, () => patience.abort())
    await bed.until(refresher.look(patience.signal))
    expect(refresher.trouble()).toBe("eu-west-1 does not answer")
    expect(refresher.hasAnswered()).toBe(false)
  })
})
