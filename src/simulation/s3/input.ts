import { invalidArgument } from "./fault.ts"

export type Input = Readonly<Record<string, unknown>>

export function text(input: Input, name: string): string | undefined {
  const value = input[name]
  return typeof value === "string" ? value : undefined
}

export function requiredText(input: Input, name: string): string {
  const value = text(input, name)
  if (value === undefined || value === "") throw invalidArgument(`${name} is missing`, name, "")
  return value
}

export function bytesOf(input: Input, name: string): Uint8Array {
  const value = input[name]
  if (value instanceof Uint8Array) return value
  return Buffer.from(typeof value === "string" ? value : "")
}

export function count(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name]
  if (value === undefined || value === "") return undefined
  const number = Number(value)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw invalidArgument(`Argument ${name} must be an integer between ${least} and ${most}`, name, String(value))
}

export function textMap(input: Input, name: string): Readonly<Record<string, string>> {
  const value = input[name]
  if (typeof value !== "object" || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]))
}

export function records(value: unknown): readonly Input[] {
  return Array.isArray(value) ? value.filter((each): each is Input => typeof each === "object" && each !== null) : []
}

export function checksumsOf(input: Input): Readonly<Record<string, string>> {
  const named = Object.entries(input).filter(([name]) => /^Checksum(CRC32|CRC32C|CRC64NVME|SHA1|SHA256)$/.test(name))
  return Object.fromEntries(named.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])))
}
