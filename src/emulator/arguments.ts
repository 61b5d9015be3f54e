import { parseArgs } from "node:util"
import { RegattaError } from "../core/errors.ts"

export interface EmulateArguments {
  readonly port: number
  readonly world: string | null
  readonly speed: number
  readonly stateFolder: string | null
  readonly dynamodb: string | null
  readonly train: "time" | "run"
  /** null: the world's. */
  readonly seed: number | null
  readonly container: string | null
  readonly output: "text" | "json"
}

/** The port that is asked for where none is named. */
const DEFAULT_PORT = 4590

/** Reads what follows `emulate`. Error `usage`. */
export function readArguments(argv: readonly string[]): EmulateArguments {
  const values = parsed(argv)
  return {
    port: number(values.port, "port", DEFAULT_PORT, (port) => Number.isInteger(port) && port >= 0 && port <= 65_535),
    world: values.world ?? null,
    speed: number(values.speed, "speed", 1, (speed) => speed >= 1 && speed <= 100_000),
    stateFolder: values["state-dir"] ?? null,
    dynamodb: values.dynamodb ?? null,
    train: choice(values.train, "train", ["time", "run"]),
    seed: values.seed === undefined ? null : number(values.seed, "seed", 1, Number.isSafeInteger),
    container: values.container ?? null,
    output: choice(values.output, "output", ["text", "json"]),
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: "string" },
        world: { type: "string" },
        speed: { type: "string" },
        "state-dir": { type: "string" },
        dynamodb: { type: "string" },
        train: { type: "string" },
        seed: { type: "string" },
        container: { type: "string" },
        output: { type: "string", short: "o" },
      },
    }).values
  } catch (error) {
    throw new RegattaError("usage", `emulate: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function number(
  text: string | undefined,
  name: string,
  otherwise: number,
  isAllowed: (value: number) => boolean,
): number {
  if (text === undefined) return otherwise
  const value = text.trim() === "" ? Number.NaN : Number(text)
  if (isAllowed(value)) return value
  throw new RegattaError("usage", `--${name}: "${text}" is not allowed`)
}

function choice<T extends string>(text: string | undefined, name: string, choices: readonly [T, ...T[]]): T {
  if (text === undefined) return choices[0]
  const found = choices.find((each) => each === text)
  if (found !== undefined) return found
  throw new RegattaError("usage", `--${name} is one of ${choices.join(", ")}, got "${text}"`)
}
