import type { ContainerInput } from "./container-input.ts"
import type { HostGroup } from "./meet-hosts.ts"

/** What the training of a stand-in gets. */
export interface Training {
  readonly container: ContainerInput
  readonly group: HostGroup
  /** Writes one line to the log. */
  readonly say: (line: string) => void
  readonly stop: AbortSignal
}

/** Lets signals in between two steps of a computation; throws once a stop was asked for. */
export async function pause(stop: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (stop.aborted) throw new Error("stopped")
}
