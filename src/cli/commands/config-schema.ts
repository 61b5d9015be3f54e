import { configJsonSchema } from "../../core/config/config-schema.ts"
import type { Call } from "../command.ts"

/** Prints the JSON Schema of regatta.yaml. */
export async function configSchema(call: Call): Promise<number> {
  call.shell.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
  return 0
}
