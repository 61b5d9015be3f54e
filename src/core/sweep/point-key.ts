import type { Point, Space } from "./space.ts"

/** The same for two points exactly where all their cells are alike. */
export function pointKey({ parameters }: Pick<Space, "parameters">, point: Point): string {
  return JSON.stringify(parameters.map(({ name }) => point.get(name) ?? null))
}
