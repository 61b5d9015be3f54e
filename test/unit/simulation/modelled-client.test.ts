import { GetObjectCommand } from "@aws-sdk/client-s3"
import { DescribeTrainingJobCommand, StopTrainingJobCommand } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { Chance } from "../../../src/simulation/chance.ts"
import { History } from "../../../src/simulation/history.ts"
import { ModelledClient } from "../../../src/simulation/modelled-client.ts"
import { ModelledNetwork, type NetworkRequest, SIGNATURE_MS } from "../../../src/simulation/modelled-network.ts"
import { type NetworkOdds, NO_NETWORK_FAULTS } from "../../../src/simulation/network-odds.ts"
import type { ServiceAnswer } from "../../../src/simulation/service-model.ts"
import { type Fate, SimulatedProcess, UNHARMED } from "../../../src/simulation/simulated-process.ts"
import { Tally } from "../../../src/simulation/tally.ts"
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts"

const drain = () => new Promise<void>((resolve) => setImmediate(resolve))
const CREATED_AT = Date.UTC(2026, 0, 1)

interface Bed {
  readonly odds?: Partial<NetworkOdds>
  readonly tries?: number
  readonly fate?: Fate
  readonly service?: "sagemaker" | "s3"
  readonly rate?: number
  readonly answer?: ServiceAnswer
}

/** A client over a service that gives one answer, and when requests took effect. */
function aBed({ odds = {}, tries = 1, fate = UNHARMED, service = "sagemaker", rate = 1000, answer }: Bed) {
  const clock = new VirtualClock(CREATED_AT + 60_000)
  const [chance, tally] = [new Chance(1), new Tally()]
  const served: (NetworkRequest & { readonly at: number })[] = []
  const calm = { skewMs: 0, slowness: 0, stallOf: () => 0, calmAt: Number.POSITIVE_INFINITY }
  const process = new SimulatedProcess({
    ...{ id: "worker1", clock, chance, tally, fate, ...calm },
    onKilled: () => {},
    onPaused: () => {},
  })
  const network = new ModelledNetwork({
    ...{ clock, chance, tally, history: new History() },
    throttles: [{ rate, burst: 1 }],
    odds: () => ({ ...NO_NETWORK_FAULTS, ...odds }),
    handle(request, now) {
      served.push({ ...request, at: now - CREATED_AT - 60_000 })
      return answer ?? { ok: true, output: { CreationTime: CREATED_AT / 1000, TrainingJobName: "a" } }
    },
    refuse: () => null,
    onSigned: () => {},
  })
  const client = new ModelledClient(process, network, { service, region: "us-east-1", tries })
  return { clock, client, served, process }
}

const DESCRIBE = new DescribeTrainingJobCommand({ TrainingJobName: "a" })
const STOP = new StopTrainingJobCommand({ TrainingJobName: "a" })

/** The outcome of one request, in words, and when it came. */
async function ask(bed: ReturnType<typeof aBed>, command: typeof DESCRIBE | typeof STOP, signal?: AbortSignal) {
  const began = bed.clock.now()
  const told = bed.client.send(command, signal === undefined ? {} : { abortSignal: signal }).then(
    () => `answered at ${bed.clock.now() - began}`,
    (error: Error) => `${error.name} at ${bed.clock.now() - began}`,
  )
  await bed.clock.run(drain, () => false)
  return told
}

describe("ModelledClient", () => {
  test("gives times as Dates and bodies as streams, as the SDK does", async () => {
    const { client } = aBed({})
    expect(await client.send(DESCRIBE)).toMatchObject({ CreationTime: new Date(CREATED_AT) })
    const answer: ServiceAnswer = { ok: true, output: { Body: Buffer.from("row") } }
    const { Body } = (await aBed({ service: "s3", answer }).client.send(
      new GetObjectCommand({ Bucket: "b", Key: "k" }),
    )) as { readonly Body: AsyncIterable<Uint8Array> }
    const chunks: string[] = []
    for await (const chunk of Body) chunks.push(String(chunk))
    expect(chunks).toEqual(["row"])
  })

  test("throws a refusal with the service's name for it and its status", async () => {
    const answer: ServiceAnswer = { ok: false, fault: { name: "ResourceInUse", message: "taken", status: 400 } }
    await expect(aBed({ answer }).client.send(STOP)).rejects.toMatchObject({
      name: "ResourceInUse",
      message: "taken",
      $metadata: { httpStatusCode: 400 },
    })
  })

  test("a request that is lost has no effect, one whose answer is lost has", async () => {
    const [lost, answerLost] = [aBed({ odds: { lost: 1 } }), aBed({ odds: { answerLost: 1 } })]
    expect(await ask(lost, STOP)).toBe("Error at 0")
    expect(await ask(answerLost, STOP)).toBe("Error at 0")
    expect([lost.served.length, answerLost.served.length]).toEqual([0, 1])
  })

  test("repeats what the SDK repeats, as often as it does", async () => {
    const bed = aBed({ odds: { answerLost: 1 }, tries: 10 })
    expect(await ask(bed, DESCRIBE)).toMatch(/^Error at [1-9]/)
    expect(bed.served.length).toBe(10)
  })

  test("silence ends after the client's patience; a late request takes effect within the life of its signature", async () => {
    const bed = aBed({ odds: { late: 1 } })
    expect(await ask(bed, STOP)).toBe("TimeoutError at 15000")
    expect(bed.served[0]?.at).toBeGreaterThan(1_000)
    expect(bed.served[0]?.at).toBeLessThanOrEqual(SIGNATURE_MS)
  })

  test("the signal of the caller ends the wait at its moment", async () => {
    const bed = aBed({ odds: { hang: 1 } })
    const cut = new AbortController()
    bed.clock.at(bed.clock.now() + 4_000, () => cut.abort())
    expect(await ask(bed, DESCRIBE, cut.signal)).toBe("AbortError at 4000")
  })

  test("what is signed and then sleeps longer than a signature lives is refused", async () => {
    const bed = aBed({ fate: { ...UNHARMED, pausedAtCall: 1, pauseMs: SIGNATURE_MS + 1 } })
    expect(await ask(bed, STOP)).toBe(`InvalidSignatureException at ${SIGNATURE_MS + 1}`)
    expect(bed.served).toEqual([])
  })

  test("too many at once are throttled, and expired credentials are refused until they are renewed", async () => {
    const bed = aBed({ rate: 0.001 })
    expect(await ask(bed, DESCRIBE)).toBe("answered at 0")
    expect(await ask(bed, DESCRIBE)).toBe("ThrottlingException at 0")
    const other = aBed({})
    other.process.expireCredentials()
    expect(await ask(other, DESCRIBE)).toBe("ExpiredTokenException at 0")
    await other.client.config.credentials({ forceRefresh: true })
    expect(await ask(other, DESCRIBE)).toBe("answered at 0")
  })

  test("a job that was just made may not be found yet", async () => {
    const answer: ServiceAnswer = { ok: true, output: { CreationTime: (CREATED_AT + 59_000) / 1000 } }
    expect(await ask(aBed({ odds: { notYet: 1 }, answer }), DESCRIBE)).toBe("ValidationException at 0")
  })
})
