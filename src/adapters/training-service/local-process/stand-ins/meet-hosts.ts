import { createHash } from "node:crypto"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ContainerInput } from "./container-input.ts"

/**
 * The hosts of one training, which all make the same calls in the same order. They share a machine, so they meet at a socket
 * in its folder for temporary files; the first host collects and answers, and every host gets the same bits.
 */
export interface HostGroup {
  readonly rank: number
  readonly size: number
  readonly isFirst: boolean
  /** Sum over all hosts, number by number; all give as many. */
  sum(numbers: Float64Array): Promise<Float64Array>
  /** What each host gave, in the order of their names. */
  gather(numbers: Float64Array): Promise<readonly Float64Array[]>
  close(): void
}

const PATIENCE_MS = 60_000
const KNOCK_MS = 20
/** A socket's address has 104 bytes on macOS and 108 on Linux, with a zero at its end. */
const LONGEST_SOCKET_PATH = 100

/** Error: another host did not come within a minute, or went away. */
export async function meetHosts(at: Pick<ContainerInput, "hosts" | "currentHost" | "jobName">): Promise<HostGroup> {
  const { hosts, currentHost, jobName } = at
  const rank = hosts.indexOf(currentHost)
  const place = { rank, size: hosts.length, isFirst: rank === 0 }
  if (hosts.length === 1) {
    return { ...place, sum: async (numbers) => numbers, gather: async (numbers) => [numbers], close: () => {} }
  }
  const path = socketPath(jobName)
  return rank === 0 ? lead(place, path) : follow(place, path)
}

function socketPath(jobName: string): string {
  const name = `regatta-${createHash("sha256").update(jobName).digest("hex").slice(0, 16)}.sock`
  const path = join(tmpdir(), name)
  return path.length <= LONGEST_SOCKET_PATH ? path : join("/tmp", name)
}

type HostPlace = Pick<HostGroup, "rank" | "size" | "isFirst">

async function lead(place: HostPlace, path: string): Promise<HostGroup> {
  const peers = new Map<number, Peer>()
  const all = Promise.withResolvers<void>()
  const server = createServer(async (socket) => {
    const peer = new Peer(socket)
    const [rank = 0] = await peer.read().catch(() => [])
    if (rank === 0) return
    peers.set(rank, peer)
    if (peers.size === place.size - 1) all.resolve()
  })
  rmSync(path, { force: true })
  server.listen(path)
  await once(server, "listening")
  await within(all.promise, () => `of ${place.size} hosts ${peers.size + 1} came`)
  server.close()
  const others = [...peers].toSorted(([one], [other]) => one - other).map(([, peer]) => peer)
  const collect = async (own: Float64Array) => {
    const given = [own]
    for (const peer of others) given.push(await peer.read())
    return given
  }
  const answer = (numbers: Float64Array) => {
    for (const peer of others) peer.write(numbers)
  }
  return {
    ...place,
    async sum(numbers) {
      const total = Float64Array.from(numbers)
      for (const given of (await collect(numbers)).slice(1)) addTo(total, given)
      answer(total)
      return total
    },
    async gather(numbers) {
      const given = await collect(numbers)
      for (const each of given) answer(each)
      return given
    },
    close() {
      for (const peer of others) peer.end()
    },
  }
}

async function follow(place: HostPlace, path: string): Promise<HostGroup> {
  const gone = new AbortController()
  const peer = await within(knockUntilOpen(path, gone.signal), () => "the first host did not answer").finally(() =>
    gone.abort(),
  )
  peer.write(Float64Array.of(place.rank))
  return {
    ...place,
    async sum(numbers) {
      peer.write(numbers)
      return peer.read()
    },
    async gather(numbers) {
      peer.write(numbers)
      const given: Float64Array[] = []
      while (given.length < place.size) given.push(await peer.read())
      return given
    },
    close: () => peer.end(),
  }
}

async function knockUntilOpen(path: string, gone: AbortSignal): Promise<Peer> {
  while (!gone.aborted) {
    const socket = connect(path)
    try {
      await once(socket, "connect")
      return new Peer(socket)
    } catch {
      socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, KNOCK_MS))
    }
  }
  throw new Error("given up")
}

async function within<T>(wanted: Promise<T>, missing: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${missing()} within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  })
  return Promise.race([wanted, late]).finally(() => clearTimeout(timer))
}

function addTo(total: Float64Array, given: Float64Array): void {
  for (let at = 0; at < total.length; at += 1) total[at] = (total[at] ?? 0) + (given[at] ?? 0)
}

/** A connection that carries arrays of numbers, each behind its length in bytes. */
class Peer {
  readonly #socket: Socket
  #kept: Buffer[] = []
  #length = 0
  #failure: Error | null = null
  #wake = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    const fail = (error?: Error) => {
      this.#failure ??= error ?? new Error("another host of the training went away")
      this.#wake()
    }
    socket.on("data", (chunk: Buffer) => {
      this.#kept.push(chunk)
      this.#length += chunk.length
      this.#wake()
    })
    socket.on("error", fail)
    socket.on("end", () => fail())
  }

  write(numbers: Float64Array): void {
    const head = Buffer.alloc(8)
    head.writeDoubleLE(numbers.byteLength)
    this.#socket.write(head)
    this.#socket.write(
      Buffer.from(Uint8Array.from(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))),
    )
  }

  async read(): Promise<Float64Array> {
    const bytes = (await this.#take(8)).readDoubleLE()
    return new Float64Array(Uint8Array.from(await this.#take(bytes)).buffer)
  }

  end(): void {
    this.#socket.end()
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#length < bytes) {
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const all = Buffer.concat(this.#kept)
    this.#kept = [all.subarray(bytes)]
    this.#length -= bytes
    return all.subarray(0, bytes)
  }
}
