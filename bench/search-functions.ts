import type { Cell } from "../src/core/sweep/parameter.ts"

/** A function to be made small over a search space, and its least value. */
export interface TestFunction {
  readonly name: string
  /** `parameters` and `constraints` of the space file. */
  readonly space: string
  readonly least: number
  readonly value: (cells: ReadonlyMap<string, Cell>) => number
}

/** Formulas, domains and least values of the first four: https://www.sfu.ca/~ssurjano/optimization.html */
export const TEST_FUNCTIONS: readonly TestFunction[] = [
  {
    name: "branin",
    space: "parameters: {x0: {type: float, min: -5, max: 10}, x1: {type: float, min: 0, max: 15}}",
    least: 0.397887357729739,
    value: (cells) => {
      const [x = 0, y = 0] = numbers(cells)
      const bend = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6
      return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
    },
  },
  {
    name: "hartmann-6",
    space: floats(6, 0, 1),
    least: -3.32236801141551,
    value: (cells) => hartmann(numbers(cells)),
  },
  {
    name: "rosenbrock-4",
    space: floats(4, -5, 10),
    least: 0,
    value: (cells) => {
      const x = numbers(cells)
      return x
        .slice(1)
        .reduce((sum, next, at) => sum + 100 * (next - (x[at] ?? 0) ** 2) ** 2 + ((x[at] ?? 0) - 1) ** 2, 0)
    },
  },
  {
    name: "ackley-5",
    space: floats(5, -32.768, 32.768),
    least: 0,
    value: (cells) => {
      const x = numbers(cells)
      const square = x.reduce((sum, each) => sum + each ** 2, 0) / x.length
      const wave = x.reduce((sum, each) => sum + Math.cos(2 * Math.PI * each), 0) / x.length
      return 20 + Math.E - 20 * Math.exp(-0.2 * Math.sqrt(square)) - Math.exp(wave)
    },
  },
  {
    // Ours: three kinds of model with parameters of their own, of which one is the best where its own are right.
    name: "conditional",
    space: `parameters:
  kind: [linear, tree, net]
  l2: {type: log, min: 1.0e-6, max: 1, when: kind == "linear"}
  depth: {type: integer, min: 1, max: 20, when: kind == "tree"}
  leaf: {type: integer, min: 1, max: 200, scale: log, when: kind == "tree"}
  rate: {type: log, min: 1.0e-5, max: 1, when: kind == "net"}
  layers: {type: integer, min: 1, max: 6, when: kind == "net"}
  width: {type: integer, min: 8, max: 1024, scale: log, when: kind == "net"}
  dropout: {type: float, min: 0, max: 0.9, when: kind == "net" and layers > 1}
constraints: [layers * width <= 2048]`,
    least: 0.05,
    value: (cells) => {
      const number = (name: string) => Number(cells.get(name))
      const off = (value: number, best: number, width: number) => ((value - best) / width) ** 2
      switch (cells.get("kind")) {
        case "linear":
          return 0.3 + 0.02 * off(Math.log10(number("l2")), -3, 1)
        case "tree":
          return 0.15 + 0.02 * off(number("depth"), 9, 3) + 0.02 * off(Math.log10(number("leaf")), 1, 0.5)
        default: {
          const dropout = cells.has("dropout") ? off(number("dropout"), 0.3, 0.2) : 4
          const size = off(Math.log2(number("width")), 8, 1.5) + off(number("layers"), 4, 1.5)
          return 0.05 + 0.05 * off(Math.log10(number("rate")), -2.7, 0.5) + 0.01 * size + 0.01 * dropout
        }
      }
    },
  },
]

function floats(count: number, min: number, max: number): string {
  const each = Array.from({ length: count }, (_, at) => `x${at}: {type: float, min: ${min}, max: ${max}}`)
  return `parameters: {${each.join(", ")}}`
}

function numbers(cells: ReadonlyMap<string, Cell>): readonly number[] {
  return [...cells.values()].map(Number)
}

const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const HARTMANN_P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]
const HARTMANN_ALPHA = [1, 1.2, 3, 3.2]

function hartmann(x: readonly number[]): number {
  return -HARTMANN_ALPHA.reduce((sum, alpha, row) => {
    const power = x.reduce(
      (all, each, at) => all + (HARTMANN_A[row]?.[at] ?? 0) * (each - (HARTMANN_P[row]?.[at] ?? 0)) ** 2,
      0,
    )
    return sum + alpha * Math.exp(-power)
  }, 0)
}
