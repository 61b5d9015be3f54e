import { MADE_TAG } from "../core/endpoint/endpoint-plan.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import { isRegattaError } from "../core/errors.ts"
import type { EndpointService } from "../ports/endpoint-service.ts"
import type { ModelService } from "../ports/model-service.ts"
import type { OpenPorts } from "../ports/ports.ts"

export type EndpointPorts = Pick<OpenPorts, "world" | "timing"> & {
  readonly endpoints: EndpointService
  readonly models: ModelService
}

/** An end is seen in seconds, a beginning in minutes. */
const LOOKS_PER_POLL = 6

/** What is seen while an endpoint is being deleted. `silent`: the service does not answer. */
export type EndStep = "deleting" | "busy" | "silent"

/**
 * Deletes an endpoint and its configuration, and looks until neither is there: true. False: the signal fired before; it may
 * be there, and is billed. Errors: `denied`, and what the service refuses; that it does not answer ends nothing.
 */
export async function endEndpoint(
  { endpoints, timing, world: { clock } }: EndpointPorts,
  { region, name }: Pick<EndpointState, "region" | "name">,
  onStep: (step: EndStep) => void,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const step = await endpoints.delete(region, name).catch((error: unknown) => {
      if (isRegattaError(error, "unavailable")) return "silent" as const
      throw error
    })
    if (step === "gone") return true
    onStep(step)
    if (signal.aborted) return false
    await clock.sleep(clock.now() + timing.poll / LOOKS_PER_POLL, signal)
  }
}

/** Models that were made for the endpoint alone, as it says itself. */
export function modelsMadeFor({ tags, variants }: Pick<EndpointState, "tags" | "variants">): readonly string[] {
  const positions = (tags[MADE_TAG] ?? "").split(" ").filter((text) => /^\d+$/.test(text))
  return positions.flatMap((at) => variants[Number(at)]?.model ?? [])
}

/** Deletes those of the models that no other endpoint of ours serves: its machines could not be replaced. The deleted. */
export async function deleteUnusedModels(
  { endpoints, models }: Pick<EndpointPorts, "endpoints" | "models">,
  region: string,
  names: readonly string[],
  prefix: string,
): Promise<readonly string[]> {
  if (names.length === 0) return []
  const used = new Set<string>()
  for await (const { variants } of endpoints.list(region, `${prefix}-`))
    for (const { model } of variants) if (model !== null) used.add(model)
  const deleted: string[] = []
  for (const name of names) {
    if (used.has(name)) continue
    if ((await models.deleteModel(region, name)) === "deleted") deleted.push(name)
  }
  return deleted
}
