// Picks the platform and makes its ports at first use; the files beside this one are the only ones that name adapters.
// Decides nothing about rows, and reads no file and no environment that its callers did not hand in.
import { RegattaError } from "../core/errors.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { aws } from "./aws.ts"
import { local } from "./local.ts"

export function compose(config: Composed, shell: Shell): Ports {
  switch (config.on) {
    case "local":
      return local(config, shell)
    case "aws":
      return aws(config, shell)
    case "simulated":
      throw new RegattaError("unsupported", 'the platform "simulated" carries only what `rehearse` gives it', {
        hint: "`regatta rehearse MANIFEST` plays the run on modelled regions, and keeps it with --keep; to train, use --on local or --on aws",
      })
    default:
      return config.on satisfies never
  }
}
