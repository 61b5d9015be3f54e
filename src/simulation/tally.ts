/** Counts of what happened in simulations: a fault that never happened was never survived. */
export class Tally {
  readonly requests: Record<string, number> = {}
  readonly faults: Record<string, number> = {}
  readonly transitions: Record<string, number> = {}

  request(operation: string): void {
    this.requests[operation] = (this.requests[operation] ?? 0) + 1
  }

  fault(kind: string): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1
  }

  transition(from: string, to: string): void {
    const name = `${from}->${to}`
    this.transitions[name] = (this.transitions[name] ?? 0) + 1
  }

  add(other: Tally): void {
    for (const kind of ["requests", "faults", "transitions"] as const) {
      for (const [name, count] of Object.entries(other[kind])) this[kind][name] = (this[kind][name] ?? 0) + count
    }
  }
}
