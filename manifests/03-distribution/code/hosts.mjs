// Lets the hosts of one training job average their numbers after each pass over the data, over TCP.
// The first host is found by its name; where a machine does not know the name, every host is this machine.

import { lookup } from "node:dns/promises"
import { once } from "node:events"
import { connect, createServer } from "node:net"

const PORTS = 20
const PATIENCE_MS = 60_000

/**
 * Meets the other hosts of the job. `average(numbers)` resolves, on every host, to the mean of what all hosts gave;
 * all give arrays of the same length, in the same order of calls.
 */
export async function meetHosts({ hosts, current, job }) {
  const [first] = [...hosts].sort()
  if (hosts.length === 1) return { isFirst: true, average: async (numbers) => numbers, close: () => {} }
  const address = await lookup(first).then(
    (found) => found.address,
    () => "127.0.0.1",
  )
  return current === first ? lead(hosts.length - 1, job, address) : follow(address, job)
}

/** The first host collects, averages and gives back. */
async function lead(others, job, address) {
  const server = createServer()
  const peers = []
  const all = new Promise((resolve) => {
    server.on("connection", async (socket) => {
      const peer = reader(socket)
      // Another job's host may have found this port first: it is sent away.
      if (String(await peer.read(job.length)) !== job) return socket.destroy()
      socket.write("ok")
      peers.push(peer)
      if (peers.length === others) resolve()
    })
  })
  await listen(server, job, address)
  await all
  server.close()
  return {
    isFirst: true,
    async average(numbers) {
      const sum = Float64Array.from(numbers)
      for (const peer of peers) {
        const given = asNumbers(await peer.read(sum.byteLength))
        for (let at = 0; at < sum.length; at++) sum[at] += given[at]
      }
      const mean = sum.map((value) => value / (others + 1))
      for (const { socket } of peers) socket.write(asBytes(mean))
      return mean
    },
    close() {
      for (const { socket } of peers) socket.end()
    },
  }
}

async function follow(address, job) {
  const deadline = Date.now() + PATIENCE_MS
  for (let turn = 0; Date.now() < deadline; turn++) {
    const peer = await knock(address, portOf(job, turn % PORTS), job)
    if (peer === null) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      continue
    }
    return {
      isFirst: false,
      async average(numbers) {
        peer.socket.write(asBytes(Float64Array.from(numbers)))
        return asNumbers(await peer.read(numbers.length * Float64Array.BYTES_PER_ELEMENT))
      },
      close: () => peer.socket.end(),
    }
  }
  throw new Error(`the first host did not answer within ${PATIENCE_MS / 1000} s`)
}

/** A connection to the first host of this job, or null where nobody or another job listens. */
async function knock(address, port, job) {
  const socket = connect(port, address)
  try {
    await once(socket, "connect")
    const peer = reader(socket)
    socket.write(job)
    return String(await peer.read(2)) === "ok" ? peer : null
  } catch {
    socket.destroy()
    return null
  }
}

async function listen(server, job, address) {
  for (let turn = 0; turn < PORTS; turn++) {
    server.listen(portOf(job, turn), address)
    const failure = await once(server, "listening").then(
      () => null,
      (error) => error,
    )
    if (failure === null) return
    if (failure.code !== "EADDRINUSE") throw failure
  }
  throw new Error(`none of ${PORTS} ports is free`)
}

/** Ports that follow from the job's name, so that all its hosts try the same, below those that the system hands out. */
function portOf(job, turn) {
  let value = 0
  for (const letter of job) value = (Math.imul(value, 31) + letter.charCodeAt(0)) >>> 0
  return 20_000 + ((value % 10_000) + turn)
}

/** Reads exact numbers of bytes from a socket. */
function reader(socket) {
  socket.setNoDelay(true)
  let kept = []
  let length = 0
  let wake = () => {}
  let failure = null
  socket.on("data", (chunk) => {
    kept.push(chunk)
    length += chunk.length
    wake()
  })
  const end = (error) => {
    failure = error instanceof Error ? error : new Error("another host went away")
    wake()
  }
  socket.on("error", end)
  socket.on("end", end)
  return {
    socket,
    async read(bytes) {
      while (length < bytes) {
        if (failure !== null) throw failure
        await new Promise((resolve) => {
          wake = resolve
        })
      }
      const all = Buffer.concat(kept)
      kept = [all.subarray(bytes)]
      length -= bytes
      return all.subarray(0, bytes)
    },
  }
}

function asBytes(numbers) {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

function asNumbers(bytes) {
  return new Float64Array(Uint8Array.from(bytes).buffer)
}
