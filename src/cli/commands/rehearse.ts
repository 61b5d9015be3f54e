import { keepRehearsal } from "../../app/keep-rehearsal.ts"
import { loadWorld } from "../../app/load-world.ts"
import { type Rehearsed, rehearse as rehearseManifest } from "../../app/rehearse.ts"
import { RegattaError } from "../../core/errors.ts"
import { resolvePath } from "../../core/paths.ts"
import { type Call, requiredArgument } from "../command.ts"
import { countOption, usdOption } from "../options.ts"
import { formatCount, formatDuration } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { planRequest } from "../plan-request.ts"
import { sayWarnings, unplannable } from "../say-problems.ts"
import type { Session } from "../session.ts"
import { rehearsalView } from "../views/rehearsal-view.ts"
import { withEarlierRuntime } from "../with-earlier-runtime.ts"

const DEFAULT_SEEDS = 20

/** Carries the run of a manifest on modelled regions, once per seed, and says what that tells of the real one; launches nothing. */
export async function rehearse(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const count = countOption(options, "seeds", 1) ?? DEFAULT_SEEDS
  const first = countOption(options, "seed", 0) ?? 1
  const typed = planRequest(call, requiredArgument(call, 0), null)
  const session = await call.session({ manifest: typed.manifest })
  const request = await withEarlierRuntime(call, session, typed)
  const ports = session.ports()
  if (ports.simulator === undefined) throw new RegattaError("fault", "this platform has no simulator")
  const [simulator, service] = [await ports.simulator(), await ports.preview()]
  const given = options.text("world")
  const world = await loadWorld(
    session,
    given === null ? (session.config.worldFile ?? null) : resolvePath(shell.cwd, given),
  )
  const keeps = options.flag("keep")
  const {
    planned,
    rehearsal,
    first: played,
  } = await withProgress(shell, "rehearsing", (progress) =>
    rehearseManifest({ files: session.files, world: shell, service, simulator }, session.config, request, {
      seeds: Array.from({ length: count }, (_, at) => first + at),
      faults: options.flag("faults"),
      world,
      maxCostUsd: usdOption(options, "max-cost"),
      onRun: (done, of) => progress.say(`${done} of ${formatCount(of, "run")}`),
      words: formatDuration,
      keepsFirst: keeps,
    }),
  )
  if (rehearsal === null) throw unplannable(request.manifest, planned)
  sayWarnings(shell, planned)
  print(shell, format, rehearsalView(rehearsal))
  if (played !== null) await keep(call, session, played)
  return 0
}

/** Its id goes to stderr: stdout is the rehearsal, the same for the same seeds. */
async function keep(call: Call, session: Session, played: NonNullable<Rehearsed["first"]>): Promise<void> {
  const { shell } = call
  const { prefix, home } = session.config
  if (home === null) throw new RegattaError("fault", "rehearsed without a home region")
  const ports = await session.open()
  const { run } = await withProgress(shell, "keeping the rehearsed run", () =>
    keepRehearsal(ports, played, { owner: ports.owner, prefix, home }),
  )
  shell.err(`kept as ${run}, marked as simulated; see it: ${call.command(`status ${run}`)}\n`)
}
