// A plan kept in a file, with the request it was made of: `submit` plans again and goes on only if it finds the same rows and code.
// It trusts nothing in the file: what is obeyed is the new plan.
import * as z from "zod"
import { RegattaError } from "../core/errors.ts"
import type { PlaceWish } from "../core/placement/problem.ts"
import type { Plan } from "../core/run/plan.ts"
import { PLAN_VERSION } from "../core/run/plan.ts"
import type { PlatformName } from "../core/run/run.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { PlanRequest } from "./planned.ts"
import type { SavedCode } from "./saved-code.ts"

/** What must be said again to plan the same rows. */
export interface SavedRequest {
  readonly manifest: string
  readonly columns: readonly string[] | null
  readonly allowPlainEnv: readonly string[]
  readonly name: string | null
  /** From `--place`; null: each row's own. */
  readonly place: PlaceWish | null
  readonly on: PlatformName
  /** The regatta.yaml that was read; null: none. */
  readonly config: string | null
}

export interface SavedPlan extends Plan {
  /** Every program of the rows, by its content. */
  readonly code: readonly SavedCode[]
  readonly request: SavedRequest
}

const SAVED = z.looseObject({
  version: z.literal(PLAN_VERSION),
  rowsSha256: z.string(),
  size: z.number(),
  code: z.array(
    z.looseObject({
      folder: z.string().nullable(),
      entry: z.string(),
      dependencies: z.array(z.string()),
      sha256: z.string(),
    }),
  ),
  request: z.object({
    manifest: z.string(),
    columns: z.array(z.string()).nullable(),
    allowPlainEnv: z.array(z.string()),
    name: z.string().nullable(),
    place: z.enum(["pinned", "data", "cheapest", "fastest"]).nullable().default(null),
    on: z.enum(["local", "aws", "simulated"]),
    config: z.string().nullable(),
  }),
})

export async function savePlan(
  files: Pick<FileSystem, "write">,
  path: string,
  plan: Plan,
  code: readonly SavedCode[],
  request: PlanRequest,
  config: string | null,
): Promise<void> {
  const { manifest, columns, allowPlainEnv, name, place = null } = request
  const saved: SavedPlan = {
    ...plan,
    code,
    request: { manifest, columns, allowPlainEnv, name, place, on: plan.on, config },
  }
  await files.write(path, `${JSON.stringify(saved, null, 2)}\n`)
}

/** Errors: `notFound`, `invalid` (no plan, or one of another version). */
export async function readSavedPlan(files: Pick<FileSystem, "readText">, path: string): Promise<SavedPlan> {
  const text = await files.readText(path)
  if (text === null) throw new RegattaError("notFound", `there is no file ${path}`, { fields: { path } })
  const parsed = SAVED.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new RegattaError("invalid", `${path} is not a plan that \`plan --save\` wrote`, {
      hint: "make it anew with `regatta plan MANIFEST --save FILE`",
      fields: { path },
    })
  }
  return parsed.data as unknown as SavedPlan
}

/** Whether the file is a saved plan rather than a manifest. */
export function isSavedPlan(path: string): boolean {
  return path.endsWith(".json")
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
