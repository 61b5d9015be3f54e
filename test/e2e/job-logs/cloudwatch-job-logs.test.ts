import { afterEach, expect, test } from "vitest"
import { aRun } from "../../builders.ts"
import { aTrainableSpec, type OverTheWire, sageMakerOverTheWire } from "../training-service/sagemaker-wire.ts"

const run = aRun()
const NEVER = new AbortController().signal
let wire: OverTheWire

afterEach(() => wire.close())

test("logs are followed from before the first line to the end of the job, and read whole after it", async () => {
  const logLines = Array.from({ length: 40 }, (_, n) => `epoch ${n + 1} loss=${1 / (n + 1)}`)
  wire = await sageMakerOverTheWire({ course: { logLines } })
  const attempt = wire.claim()
  const read = async (follow: boolean, tail: number | null = null) => {
    const texts: string[] = []
    for await (const { host, text } of wire.logs.read(run, attempt, { follow, tail }, NEVER))
      texts.push(`${host} ${text}`)
    return texts
  }
  expect(await read(false)).toEqual([])
  await wire.training().create(run, aTrainableSpec(), attempt, NEVER)
  const followed = await read(true)
  const ofFirstHost = followed.filter((line) => line.startsWith("algo-1 epoch"))
  expect(ofFirstHost).toEqual(logLines.map((line) => `algo-1 ${line}`))
  expect(await read(false)).toEqual(followed)
  expect((await read(false, 3)).filter((line) => line.startsWith("algo-1"))).toEqual(
    followed.filter((line) => line.startsWith("algo-1")).slice(-3),
  )
  expect(await read(true)).toEqual(followed)
})
