import { RegattaError } from "../../core/errors.ts"
import { awsFault, awsMessage } from "./aws-error.ts"

/** SageMaker tells a name in use as ResourceInUse or, of models and endpoints, as `Cannot create already existing …`. */
export function alreadyExists(error: unknown): boolean {
  const fault = awsFault(error)
  return fault === "exists" || (fault === "invalid" && /already exist/i.test(awsMessage(error)))
}

/** And what is not there as ResourceNotFound or `Could not find …`. */
export function isAbsent(error: unknown): boolean {
  const fault = awsFault(error)
  return fault === "notFound" || (fault === "invalid" && /not find|not found/i.test(awsMessage(error)))
}

export type Compared = readonly [name: string, there: string | undefined, wanted: string]

/** Error `conflict`: what has the name differs from what was wanted of it. `what` completes "cannot …". */
export function refuseOther(what: string, region: string, pairs: readonly Compared[]): void {
  const other = pairs.find(([, there, wanted]) => there !== wanted)
  if (other === undefined) return
  const [name, there, wanted] = other
  throw new RegattaError(
    "conflict",
    `cannot ${what}: one of this name exists with another ${name}, ${there}, not ${wanted}`,
    { fields: { region } },
  )
}

/** A request's `Tags`, left out where there are none. */
export function tagsOf(tags: Readonly<Record<string, string>>): { readonly Tags?: { Key: string; Value: string }[] } {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  return list.length === 0 ? {} : { Tags: list }
}
