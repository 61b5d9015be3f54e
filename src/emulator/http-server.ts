// The wire side: one HTTP server on this machine that reads requests whole and hands them on.
// It knows no service and listens on no other address than 127.0.0.1.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { RegattaError } from "../core/errors.ts"
import type { WireAnswer, WireRequest } from "./exchange.ts"

/** What to do with a connection: answer, cut it, or leave it without an answer. */
export type Reply = WireAnswer | "cut" | "hang"

export interface ListeningServer {
  readonly port: number
  close(): Promise<void>
}

/** No request of a modelled service is larger; parts of uploads are at most a few hundred MiB. */
const MOST_BODY_BYTES = 1024 * 1024 * 1024

/** Error `conflict`: somebody listens on the port already. */
export async function listen(
  port: number,
  onRequest: (request: WireRequest) => Promise<Reply>,
): Promise<ListeningServer> {
  const server = createServer((incoming, response) => {
    serve(incoming, response, onRequest).catch(() => response.destroy())
  })
  // Clients keep connections open between calls that may be minutes apart.
  server.keepAliveTimeout = 120_000
  server.requestTimeout = 0
  await started(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function started(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE"
      reject(
        isTaken
          ? new RegattaError("conflict", `cannot listen on port ${port} of 127.0.0.1: it is in use`, {
              hint: "stop what listens there, or name another with --port (0: any free one)",
              fields: { port },
            })
          : new RegattaError("unavailable", `cannot listen on port ${port} of 127.0.0.1: ${error.message}`),
      )
    })
    server.listen(port, "127.0.0.1", resolve)
  })
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  onRequest: (request: WireRequest) => Promise<Reply>,
): Promise<void> {
  const reply = await onRequest(await readRequest(incoming))
  if (reply === "hang") return
  if (reply === "cut") {
    response.destroy()
    return
  }
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body
  const hasNoBody = incoming.method === "HEAD" || reply.status === 204 || reply.status === 304
  response.writeHead(reply.status, hasNoBody ? reply.headers : { ...reply.headers, "content-length": body.length })
  response.end(hasNoBody ? undefined : body)
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const url = incoming.url ?? "/"
  const mark = url.indexOf("?")
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(",") : value] as const],
  )
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    headers: Object.fromEntries(headers),
    body: await readBody(incoming),
  }
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MOST_BODY_BYTES) throw new Error("the request is too large")
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
