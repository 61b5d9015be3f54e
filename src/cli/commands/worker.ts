import { RegattaError } from "../../core/errors.ts"
import type { Call } from "../command.ts"

/** Never reached as a command: the entry starts `src/worker` for it. It stands in the tree for help and completion. */
export async function worker(_call: Call): Promise<number> {
  throw new RegattaError("fault", "the worker is started by the entry, not by the command line")
}
