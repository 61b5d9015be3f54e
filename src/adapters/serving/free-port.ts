import { connect, createServer } from "node:net"

/** A port of this machine's loopback on which nobody listens just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0))
    })
  })
}

/** Whether somebody listens on the port. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const end = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once("connect", () => end(true))
    socket.once("error", () => end(false))
  })
}
