import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

export interface Lossy {
  readonly port: number
  /** The next answer of the kind is read from the server and never passed on: its connection ends instead. */
  loseNext(): void
  close(): Promise<void>
}

/** A proxy on loopback before a server of a plain protocol. `mark`: text in the answer that is lost. */
export async function loseAnswers(to: number, mark: string): Promise<Lossy> {
  let loses = false
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
      if (!loses || !answer.includes(mark)) return void client.write(answer)
      loses = false
      client.destroy()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    loseNext() {
      loses = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
