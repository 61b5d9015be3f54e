// How every client of an AWS service is made: one per region and service, with the same retries and time limits.
// It names no region by itself and holds no credentials: the SDK's own chain finds those.

/** One try: connecting, and then silence of the service. A call may have several tries and is bounded by its caller's signal. */
const CONNECT_MS = 3_000
export const SILENCE_MS = 15_000
/** S3 answers a copy when it is made: up to 5 GiB from region to region, for which this allows 18 MB a second. */
export const COPY_SILENCE_MS = 300_000

/**
 * Options for any client of the SDK. Against a server that allows 20 calls a second the SDK's default retry loses calls,
 * and `adaptive` with ten tries loses none with the fewest requests (docs/dependencies.md). `tries` 1: for calls that must
 * not be repeated unseen (SubmitJob, CreateTrainingJob), whose callers repeat them themselves.
 */
export function clientOptions(region: string, tries = 10, silenceMs = SILENCE_MS) {
  return {
    region,
    maxAttempts: tries,
    retryMode: tries === 1 ? "standard" : "adaptive",
    // Without `throwOnRequestTimeout` a silent connection is only warned about, and the call hangs.
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: silenceMs,
      socketTimeout: silenceMs,
      throwOnRequestTimeout: true,
    },
  } as const
}

/** One client per region, made at its first use and kept. */
export class ByRegion<Client extends { destroy(): void }> {
  readonly #make: (region: string) => Client
  readonly #clients = new Map<string, Client>()

  constructor(make: (region: string) => Client) {
    this.#make = make
  }

  in(region: string): Client {
    const known = this.#clients.get(region)
    if (known !== undefined) return known
    const made = this.#make(region)
    this.#clients.set(region, made)
    return made
  }

  /** Ends their connections. */
  destroy(): void {
    for (const client of this.#clients.values()) client.destroy()
    this.#clients.clear()
  }
}
