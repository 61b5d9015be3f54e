import * as z from "zod"
import { type Kind, refused } from "../manifest/kind.ts"

/** What may be a secret in the wrong place: where it is refused, it is not shown. */
export const HIDDEN = { isHidden: true } as const

/** A value of one kind, which YAML may give as a text, a number or true and false. `params`: of the issue where it is refused. */
export function value<T>(kind: Kind<T>, description: string, params: Readonly<Record<string, unknown>> = {}) {
  return z
    .unknown()
    .meta({ ...kind.schema, description })
    .transform((given, context): T => {
      const outcome = isScalar(given) ? kind.parse(String(given)) : refused(`expected ${kind.allowed}`)
      if (outcome.ok) return outcome.value
      context.addIssue({ code: "custom", message: outcome.message, input: given, params })
      return z.NEVER
    })
}

export function isScalar(given: unknown): given is string | number | boolean {
  return typeof given === "string" || typeof given === "number" || typeof given === "boolean"
}
