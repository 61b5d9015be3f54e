import type { Config } from "../core/config/config.ts"
import { locatedUri } from "./create-model.ts"

/** The URI under which the platform's object store keeps what a channel names: on local a `file://` URI. */
export function dataUri(
  { on, storageMap, stateFolder }: Pick<Config, "on" | "storageMap" | "stateFolder">,
  uri: string,
) {
  return on === "local" ? locatedUri(uri, storageMap, stateFolder) : uri
}
