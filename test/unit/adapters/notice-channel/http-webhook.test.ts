import { createHmac } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { HttpWebhook } from "../../../../src/adapters/notice-channel/webhook/http-webhook.ts"
import { isRegattaError } from "../../../../src/core/errors.ts"
import type { Notice, WebhookTarget } from "../../../../src/core/notice/notice.ts"
import { aWorld } from "../../../builders.ts"
import { NOW } from "../../../steps.ts"

const SECRET = "planted-4e2d0c0f"
const ALWAYS = new AbortController().signal

const NOTICE: Notice = {
  ...{ event: "ended", key: "notice/ended/0", id: "rg-1/ended/0", run: "rg-1", subject: "rg-1 ended" },
  body: '{"version":1,"event":"ended"}',
  at: NOW,
}

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly path: string
}

let server: Server
let received: Received[]
let answer: (response: ServerResponse) => void

beforeEach(async () => {
  received = []
  answer = (response) => response.writeHead(204).end()
  server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      received.push({ headers: request.headers, body, path: request.url ?? "" })
      answer(response)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
})

const at = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function target(difference: Partial<WebhookTarget> = {}): WebhookTarget {
  return { url: `${at()}/T0KEN`, urlEnv: null, secretEnv: "REGATTA_HOOK_SECRET", secretFile: null, ...difference }
}

async function send(to: WebhookTarget, signal = ALWAYS, env: Record<string, string> = { REGATTA_HOOK_SECRET: SECRET }) {
  return new HttpWebhook({ env, clock: aWorld().clock }).send(to, NOTICE, signal)
}

async function trouble(sending: Promise<void>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await sending
  } catch (error) {
    if (isRegattaError(error)) return { code: error.code, message: error.message }
    throw error
  }
  return { code: "none", message: "" }
}

describe("a webhook", () => {
  test("gets the body with its id, the time, and a signature over both that it can check", async () => {
    await send(target())
    const [got] = received
    const timestamp = got?.headers["x-regatta-timestamp"]
    const mac = createHmac("sha256", SECRET).update(`${timestamp}.${NOTICE.body}`).digest("hex")
    expect(got).toMatchObject({ body: NOTICE.body, path: "/T0KEN" })
    expect(got?.headers).toMatchObject({
      "x-regatta-signature": `v1=${mac}`,
      "x-regatta-id": NOTICE.id,
      "content-type": "application/json",
    })
    expect(Number(timestamp)).toBe(Math.floor(aWorld().clock.now() / 1000))
    expect(JSON.stringify(got)).not.toContain(SECRET)
  })

  test("its secret may lie in a file, and its URL in a variable", async () => {
    const folder = mkdtempSync(join(tmpdir(), "regatta-secret-"))
    writeFileSync(join(folder, "secret"), `${SECRET}\n`)
    const to = target({ url: null, urlEnv: "HOOK_URL", secretEnv: null, secretFile: join(folder, "secret") })
    await send(to, ALWAYS, { HOOK_URL: `${at()}/from-env?sig=1` })
    rmSync(folder, { recursive: true })
    expect(received[0]?.path).toBe("/from-env?sig=1")
    expect(await trouble(send(to, ALWAYS, { HOOK_URL: at() }))).toMatchObject({ code: "usage" })
  })

  test.each([
    [500, "unavailable"],
    [503, "unavailable"],
    [429, "unavailable"],
    [408, "unavailable"],
    [400, "refused"],
    [404, "refused"],
    [302, "refused"],
  ])("that answers %i: %s", async (status, code) => {
    answer = (response) => response.writeHead(status, { location: `${at()}/elsewhere` }).end("never read")
    const { code: told, message } = await trouble(send(target()))
    expect([told, message]).toEqual([code, `the webhook at ${new URL(at()).host} answered ${status}`])
    expect(received).toHaveLength(1)
  })

  test("that never answers is given up with the signal, and one that is not there may be another time", async () => {
    const cut = new AbortController()
    answer = () => cut.abort("late")
    expect(await trouble(send(target(), cut.signal))).toEqual({
      code: "unavailable",
      message: expect.stringContaining("no answer in time"),
    })
    const closed = await trouble(send(target({ url: "http://127.0.0.1:1/T0KEN" })))
    expect(closed).toEqual({ code: "unavailable", message: expect.stringContaining("127.0.0.1:1") })
    expect(closed.message).not.toContain("T0KEN")
  })

  test("whose secret or URL is not set here says which variable, and nothing is sent", async () => {
    const none = await trouble(send(target(), ALWAYS, {}))
    expect(none).toEqual({ code: "usage", message: expect.stringContaining("REGATTA_HOOK_SECRET is not set") })
    const plain = await trouble(
      send(target({ url: null, urlEnv: "U" }), ALWAYS, { U: "http://hooks.example.com/T0KEN" }),
    )
    expect(plain.code).toBe("usage")
    expect(plain.message).not.toContain("T0KEN")
    expect(received).toEqual([])
  })
})
