import * as z from "zod"
import { KNOWN_INSTANCE_TYPES } from "../manifest/instance-types.ts"
import { type Kind, parsed, refused, text } from "../manifest/kind.ts"
import { didYouMean } from "../manifest/nearest-name.ts"
import { looksLikeRegion } from "../manifest/regions.ts"

/** A value of one kind, which YAML gives as its text. */
export function value<T>(kind: Kind<T>, description: string) {
  return z
    .unknown()
    .meta({ ...kind.schema, description })
    .transform((given, context): T => {
      const outcome = typeof given === "object" ? refused(`expected ${kind.allowed}`) : kind.parse(String(given ?? ""))
      if (outcome.ok) return outcome.value
      context.addIssue({ code: "custom", message: outcome.message, input: given })
      return z.NEVER
    })
}

/** A mapping whose keys are of one kind. Wrong keys are told beside wrong values. */
export function byKey<Shape extends z.ZodType>(key: Kind<string>, shape: Shape, description: string) {
  const name = z.string().superRefine((given, context) => {
    const outcome = key.parse(given)
    if (!outcome.ok) context.addIssue({ code: "custom", message: outcome.message, input: given })
  })
  return z.record(name, shape).meta({ description })
}

/** Seconds, also parts of one: `0.5`, `3s`, `2m`, `1h`. */
const SECONDS = /^(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)?$/
const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

function secondsOf(given: string): number | null {
  const { number, unit = "s" } = SECONDS.exec(given)?.groups ?? {}
  return number === undefined ? null : Number(number) * (UNITS[unit] ?? 1)
}

export const seconds: Kind<number> = {
  ...text({ most: 32 }),
  allowed: "a time such as 0.5, 200ms, 3s, 2m or 1h",
  parse(given) {
    const found = secondsOf(given)
    return found === null ? refused(`expected ${seconds.allowed}`) : parsed(found)
  },
}

/** From and to, between which chance draws. */
export type Span = readonly [from: number, to: number]

export const span: Kind<Span> = {
  ...text({ most: 64 }),
  allowed: "a time such as 0.5, 3s or 2m, or two of them with .. between: 2s..5s",
  parse(given) {
    const [from, to, ...more] = given.split("..").map(secondsOf)
    if (from === null || from === undefined || to === null || more.length > 0 || from > (to ?? from))
      return refused(`expected ${span.allowed}`)
    return parsed([from, to ?? from])
  },
}

export const share: Kind<number> = {
  ...text({ most: 32 }),
  allowed: "a number from 0 to 1",
  parse: (given) =>
    /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(given) ? parsed(Number(given)) : refused("expected a number from 0 to 1"),
}

export const positive: Kind<number> = {
  ...text({ most: 32 }),
  allowed: "a number above 0",
  parse: (given) =>
    /^\d+(?:\.\d+)?$/.test(given) && Number(given) > 0 ? parsed(Number(given)) : refused("expected a number above 0"),
}

export const regionName: Kind<string> = {
  ...text({ most: 32 }),
  allowed: "an AWS region such as us-east-1",
  parse: (given) => (looksLikeRegion(given) ? parsed(given) : refused("expected an AWS region such as us-east-1")),
}

export const regionOrAll: Kind<string> = {
  ...regionName,
  allowed: "an AWS region, or all",
  parse: (given) =>
    given === "all" || looksLikeRegion(given)
      ? parsed(given)
      : refused("expected an AWS region such as us-east-1, or all"),
}

function machine(given: string): string | null {
  if (KNOWN_INSTANCE_TYPES.has(given)) return null
  return `expected an instance type such as ml.m5.large${didYouMean(given, KNOWN_INSTANCE_TYPES)}`
}

export const machineType: Kind<string> = {
  ...text({ most: 64 }),
  allowed: "an instance type such as ml.m5.large",
  parse(given) {
    const wrong = machine(given)
    return wrong === null ? parsed(given) : refused(wrong)
  },
}

/** `ml.p3.16xlarge`, or `ml.p3.16xlarge/spot`. */
export const machineOrSpot: Kind<string> = {
  ...machineType,
  parse(given) {
    const wrong = machine(given.replace(/\/spot$/, ""))
    return wrong === null ? parsed(given) : refused(wrong)
  },
}
