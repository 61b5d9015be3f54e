import { RegattaError } from "../../core/errors.ts"
import type { Call } from "../command.ts"

/** Never reached as a command: the entry starts `src/emulator` for it. It stands in the tree for help and completion. */
export async function emulate(_call: Call): Promise<number> {
  throw new RegattaError("fault", "the emulator is started by the entry, not by the command line")
}
