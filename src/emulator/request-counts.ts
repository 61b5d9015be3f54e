/** How many requests came, by `service.operation` and region; tests and benchmarks read it. */
export class RequestCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  count(service: string, operation: string, region: string): void {
    const name = `${service}.${operation}`
    const regions = this.#counts.get(name) ?? new Map<string, number>()
    regions.set(region, (regions.get(region) ?? 0) + 1)
    this.#counts.set(name, regions)
  }

  reset(): void {
    this.#counts.clear()
  }

  all(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#counts].map(([name, regions]) => [name, Object.fromEntries(regions)]))
  }
}
