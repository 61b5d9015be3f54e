import { BatchRefusal } from "./refusal.ts"

export type Input = Readonly<Record<string, unknown>>

export function text(input: Input, name: string): string | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === "string") return value
  throw new BatchRefusal(`Error executing request, Exception : ${name} must be a string`)
}

export function requiredText(input: Input, name: string): string {
  const value = text(input, name)
  if (value !== undefined && value !== "") return value
  throw new BatchRefusal(`Error executing request, Exception : ${name} must not be empty`)
}

export function optionalRecord(input: Input, name: string): Input | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === "object" && !Array.isArray(value)) return value as Input
  throw new BatchRefusal(`Error executing request, Exception : ${name} must be an object`)
}

export function textMap(input: Input, name: string): Readonly<Record<string, string>> {
  const record = optionalRecord(input, name) ?? {}
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]))
}

export function texts(input: Input, name: string): readonly string[] | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return value.map(String)
  throw new BatchRefusal(`Error executing request, Exception : ${name} must be a list`)
}

export function records(input: Input, name: string): readonly Input[] {
  const value = input[name]
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null)) return value
  throw new BatchRefusal(`Error executing request, Exception : ${name} must be a list of objects`)
}

export function wholeNumber(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value
  throw new BatchRefusal(
    `Error executing request, Exception : ${name} must be between ${least} and ${most}, got ${String(value)}`,
  )
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** Names of jobs, definitions, queues and compute environments: 1 to 128 characters. */
export function nameOf(input: Input, name: string): string {
  const value = requiredText(input, name)
  if (NAME.test(value)) return value
  throw new BatchRefusal(
    `Error executing request, Exception : ${name} should match valid pattern: ^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$, got ${value}`,
  )
}

export function tagsOf(input: Input): Readonly<Record<string, string>> {
  const tags = textMap(input, "tags")
  if (Object.keys(tags).length > 50)
    throw new BatchRefusal("Error executing request, Exception : tags can have at most 50 entries")
  return tags
}
