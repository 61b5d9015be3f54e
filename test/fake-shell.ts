import type { Shell } from "../src/ports/world.ts"
import { aWorld } from "./builders.ts"

export interface FakeShell extends Shell {
  readonly written: { out: string; err: string }
  /** The process gets this signal. */
  terminate(signal: "SIGINT" | "SIGTERM"): void
}

/** A shell without a terminal, in a process that is alive as far as anybody knows. */
export function aShell(difference: Partial<Shell> = {}): FakeShell {
  const written = { out: "", err: "" }
  const terminated = new AbortController()
  return {
    ...aWorld(),
    argv: [],
    env: {},
    cwd: "/home/ada",
    user: "ada",
    self: ["/usr/bin/regatta"],
    packageFolder: "/usr/lib/regatta",
    calledAs: "regatta",
    process: "here.0badcafe.100.1",
    out(text) {
      written.out += text
    },
    err(text) {
      written.err += text
    },
    isInteractive: false,
    isTerminal: false,
    columns: 80,
    color: false,
    ask: async () => null,
    onInterrupt: () => () => {},
    terminated: terminated.signal,
    terminate: (signal) => terminated.abort(signal),
    written,
    ...difference,
  }
}
