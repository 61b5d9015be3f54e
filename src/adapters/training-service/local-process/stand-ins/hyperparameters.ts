import { didYouMean } from "../../../../core/manifest/nearest-name.ts"
import { invalid } from "./read-table.ts"

interface Bounds {
  readonly from?: number
  readonly above?: number
  readonly to?: number
}

/** Reads hyperparameters as an algorithm gets them, as texts; every wrong one throws `invalid` with its name and value. */
export class Hyperparameters {
  readonly #given: Readonly<Record<string, string>>
  readonly #read = new Set<string>()

  constructor(given: Readonly<Record<string, string>>) {
    this.#given = given
  }

  /** @param fallback null: it must be set. */
  number(name: string, fallback: number | null, { from, above, to }: Bounds = {}): number {
    const text = this.#text(name)
    if (text === null) {
      if (fallback === null) throw invalid(`hyperparameter ${name} is not set, and the algorithm needs it`)
      return fallback
    }
    const value = Number(text)
    const isInside =
      (from === undefined || value >= from) &&
      (above === undefined || value > above) &&
      (to === undefined || value <= to)
    if (Number.isFinite(value) && text.trim() !== "" && isInside) return value
    const parts = [
      ...(from === undefined ? [] : [`from ${from}`]),
      ...(above === undefined ? [] : [`above ${above}`]),
      ...(to === undefined ? [] : [`to ${to}`]),
    ]
    throw invalid(`hyperparameter ${name}: expected a number ${parts.join(" ")}, got "${text}"`)
  }

  whole(name: string, fallback: number | null, bounds: Bounds = {}): number {
    const value = this.number(name, fallback, bounds)
    if (Number.isInteger(value)) return value
    throw invalid(`hyperparameter ${name}: expected a whole number, got "${this.#given[name]}"`)
  }

  /** As `number`, where `auto` means the fallback. */
  numberOrAuto(name: string, fallback: number, bounds: Bounds = {}): number {
    if (this.#text(name) === "auto") return fallback
    return this.number(name, fallback, bounds)
  }

  choice<T extends string>(name: string, allowed: readonly T[], fallback: T | null): T {
    const text = this.#text(name)
    if (text === null && fallback !== null) return fallback
    const value = allowed.find((each) => each === text)
    if (value !== undefined) return value
    const given = text === null ? "it is not set" : `got "${text}"`
    throw invalid(`hyperparameter ${name}: the stand-in knows ${allowed.join(", ")}; ${given}`)
  }

  /** Items between commas; null: not set. */
  list(name: string): readonly string[] | null {
    return (
      this.#text(name)
        ?.split(",")
        .map((item) => item.trim()) ?? null
    )
  }

  /**
   * To be called last: names that the algorithm has and the stand-in does not use, given or not. Of those given a line is
   * said; a name that the algorithm does not have is refused.
   */
  end(unused: readonly string[], say: (line: string) => void): void {
    const others = Object.keys(this.#given).filter((name) => !this.#read.has(name))
    const known = new Set([...this.#read, ...unused])
    for (const name of others) {
      if (!known.has(name)) throw invalid(`the algorithm has no hyperparameter "${name}"${didYouMean(name, known)}`)
    }
    const ignored = others.map((name) => `${name}=${this.#given[name]}`)
    if (ignored.length > 0) say(`hyperparameters that the stand-in does not use: ${ignored.join(", ")}`)
  }

  #text(name: string): string | null {
    this.#read.add(name)
    return this.#given[name] ?? null
  }
}
