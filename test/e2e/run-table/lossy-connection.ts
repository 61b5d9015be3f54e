import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

export interface Lossy {
  readonly port: number
  /** After `skip` others, an answer of the kind is read from the server and never passed on: its connection ends instead. */
  loseNext(skip?: number): void
  /** How many were lost. */
  readonly lost: () => number
  close(): Promise<void>
}

/** A proxy on loopback before a server of a plain protocol. `mark`: text in the answer that is lost. */
export async function loseAnswers(to: number, mark: string): Promise<Lossy> {
  let left: number | null = null
  let lost = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1")
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on("data", (answer: Buffer) => {
      if (left === null || !answer.includes(mark) || left-- > 0) return void client.write(answer)
      left = null
      lost++
      client.destroy()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    loseNext(skip = 0) {
      left = skip
    },
    lost: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
