import type { Shell } from "../ports/world.ts"
import type { SimulatedProcess } from "./simulated-process.ts"

/** The shell of a simulated process: no terminal, nobody to ask, and what it says is not kept. */
export function simulatedShell(
  process: SimulatedProcess,
  { argv, env }: Pick<Shell, "argv" | "env">,
  say: (text: string) => void = () => {},
): Shell {
  return {
    ...process.world,
    argv,
    env,
    cwd: "/",
    user: "simulation",
    self: ["regatta"],
    packageFolder: "/",
    calledAs: "regatta",
    process: process.id,
    out: say,
    err: say,
    isInteractive: false,
    isTerminal: false,
    columns: 120,
    color: false,
    ask: async () => null,
    terminated: process.terminated,
    onInterrupt: () => () => {},
  }
}
