import * as z from "zod"
import { didYouMean } from "../manifest/nearest-name.ts"
import { withoutPassword } from "../manifest/secrets.ts"
import type { Problem } from "../problem.ts"
import { memberOf, nodeAt, plainTexts, type SettingNode } from "./setting-node.ts"

export type ReadByShape<Shape extends z.ZodType> =
  | { readonly ok: true; readonly values: z.output<Shape> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** A file of settings by its shape: its values, or every problem with its key (dotted, items of lists by number from 0) and line. */
export function readByShape<Shape extends z.ZodType>(
  shape: Shape,
  file: string,
  root: SettingNode,
): ReadByShape<Shape> {
  if (root.kind !== "map" && root.kind !== "empty") {
    const message = "expected keys and their values, one per line"
    return {
      ok: false,
      problems: [{ severity: "error", file, line: root.line, column: null, value: null, message }],
    }
  }
  const parsed = shape.safeParse(plainTexts(root) ?? {})
  if (parsed.success) return { ok: true, values: parsed.data }
  const schema = z.toJSONSchema(shape, { io: "input" })
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, root, schema, file))
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

function problemsOf(issue: z.core.$ZodIssue, root: SettingNode, schema: unknown, file: string): readonly Problem[] {
  const path = issue.path.map(String)
  const node = nodeAt(root, path)
  const known = keysAt(schema, path)
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      severity: "error",
      file,
      line: memberOf(node, key)?.line ?? node.line,
      column: [...path, key].join("."),
      value: null,
      message: `there is no such key${didYouMean(key, known)}; known are ${known.join(", ")}`,
    }))
  }
  const value = node.kind === "scalar" ? withoutPassword(node.text) : null
  return [
    {
      severity: "error",
      file,
      line: node.line,
      column: path.join("."),
      value,
      message: issue.code === "custom" ? issue.message : expected(issue, known),
    },
  ]
}

function expected(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message
  if (known.length > 0) return `expected the keys ${known.join(", ")} below it`
  if (issue.code === "invalid_type" && issue.expected === "record") return "expected keys and their values below it"
  if (issue.code === "invalid_type") return `expected ${issue.expected === "array" ? "a list" : `a ${issue.expected}`}`
  return issue.message
}

/** The keys that a schema allows at a path; empty: any, or it is no mapping. */
function keysAt(schema: unknown, path: readonly string[]): readonly string[] {
  let at = schema
  for (const key of path) {
    at =
      jsonMember(jsonMember(at, "properties"), key) ?? jsonMember(at, "additionalProperties") ?? jsonMember(at, "items")
  }
  return Object.keys((jsonMember(at, "properties") ?? {}) as object)
}

function jsonMember(at: unknown, key: string): unknown {
  return typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined
}
