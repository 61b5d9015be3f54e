import type { Instant } from "../core/ids.ts"
import { type RequestShape, violationsOf, WrongType } from "./request-shape.ts"
import type { ServiceAnswer, ServiceFault } from "./service-model.ts"

/** Thrown inside a model and turned into its answer; never leaves it. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly fault: ServiceFault

  constructor(name: string, message: string, status = 400, members?: ServiceFault["members"]) {
    super(message)
    this.fault = { name, message, status, ...(members === undefined ? {} : { members }) }
  }
}

/** What a model's operation gives, or its refusal, as an answer. Anything else that it throws is a bug of ours and goes on. */
export function answered(operation: () => Readonly<Record<string, unknown>>): ServiceAnswer {
  try {
    return { ok: true, output: operation() }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, fault: error.fault }
    throw error
  }
}

/** Refuses an input that breaks its shape: a wrong type as SerializationException, all broken limits together by `name`. */
export function checkShape(shape: RequestShape, input: unknown, name = "ValidationException"): void {
  let violations: string | null
  try {
    violations = violationsOf(shape, input)
  } catch (error) {
    if (error instanceof WrongType) throw new Refusal("SerializationException", error.message)
    throw error
  }
  if (violations !== null) throw new Refusal(name, violations)
}

export function unknownOperation(operation: string): Refusal {
  return new Refusal("UnknownOperationException", `the emulator has no operation ${operation}`, 404)
}

/** Seconds since 1970 with milliseconds as fractions, as AWS's JSON protocols write times. */
export function seconds(at: Instant): number {
  return at / 1000
}

/** A time of an input: seconds, or a Date where the SDK's object comes unserialised. null: not given. */
export function instantOf(given: unknown): Instant | null {
  if (given instanceof Date) return given.getTime()
  return typeof given === "number" ? given * 1000 : null
}
