// Endpoints of ours over regions, as their services have them; and the one of them that a person means.
// It guesses nothing: what could be two is refused with both. A region that does not answer holds up no other.
import { LABEL_TAG, OWNER_TAG } from "../core/endpoint/endpoint-plan.ts"
import type { EndpointRecord } from "../core/endpoint/endpoint-record.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { EndpointService } from "../ports/endpoint-service.ts"

export interface EndpointSearch {
  readonly found: readonly EndpointState[]
  /** Where nothing could be learnt, and why. */
  readonly silent: readonly { readonly region: string; readonly message: string }[]
}

/** @param prefix of names, with its hyphen. */
export async function searchEndpoints(
  endpoints: Pick<EndpointService, "list">,
  regions: readonly string[],
  prefix: string,
): Promise<EndpointSearch> {
  const silent: { region: string; message: string }[] = []
  const lists = await Promise.all(
    regions.map(async (region) => {
      try {
        return await Array.fromAsync(endpoints.list(region, prefix))
      } catch (error) {
        if (!isRegattaError(error, "unavailable", "denied")) throw error
        silent.push({ region, message: error.message })
        return []
      }
    }),
  )
  return { found: lists.flat(), silent }
}

/** Regions to look in: those given, and wherever one was ever made from here. */
export function endpointRegions(given: readonly string[], records: readonly EndpointRecord[]): readonly string[] {
  return [...new Set([...given, ...records.map(({ region }) => region)])].toSorted()
}

export function ownerOf({ tags }: Pick<EndpointState, "tags">): string | null {
  return tags[OWNER_TAG] ?? null
}

export function labelOf({ tags }: Pick<EndpointState, "tags">): string | null {
  return tags[LABEL_TAG] ?? null
}

/** By name, unique beginning of it, or label. Errors: `notFound` (with the regions that did not answer), `usage` (several). */
export function chooseEndpoint({ found, silent }: EndpointSearch, selector: string): EndpointState {
  const exact = found.filter(({ name }) => name === selector)
  const matches =
    exact.length > 0 ? exact : found.filter((each) => each.name.startsWith(selector) || labelOf(each) === selector)
  const [first, ...others] = matches
  if (first === undefined) {
    const where = silent.length === 0 ? "" : `; no answer from ${silent.map(({ region }) => region).join(", ")}`
    throw new RegattaError("notFound", `no endpoint has the name, the label or the beginning "${selector}"${where}`, {
      hint: "`regatta endpoint list` shows them; --region looks in one that is in no setting",
    })
  }
  if (others.length > 0) {
    const names = matches.map(({ name, region }) => `${name} in ${region}`).join(", ")
    throw new RegattaError("usage", `"${selector}" could be ${matches.length} endpoints: ${names}`)
  }
  return first
}
