import { keepSeat } from "../../app/keep-seat.ts"
import { MOST_COUNTED, runScheduler, type SchedulerEvent } from "../../app/run-scheduler.ts"
import { RegattaError } from "../../core/errors.ts"
import type { Instant } from "../../core/ids.ts"
import { firingCommand, scheduledTimeText } from "../../core/schedule/firing-command.ts"
import type { Schedule } from "../../core/schedule/schedule.ts"
import type { ChildProcesses, RunningChild } from "../../ports/child-processes.ts"
import type { Shell } from "../../ports/world.ts"
import type { Call } from "../command.ts"
import { exitCodeOfSignal, signalName } from "../interrupt.ts"
import { formatCount } from "../output/format.ts"
import type { Session } from "../session.ts"

/** How long a submission under way is given to end when the scheduler is told to. */
const GRACE = 10_000

/** Fires the schedules of this machine until it is told to end; one scheduler per state folder. */
export async function scheduleRun(call: Call): Promise<number> {
  const { shell, options } = call
  const session = await call.session()
  const made = session.ports()
  if (made.scheduler === undefined || made.schedules === undefined)
    throw new RegattaError("unsupported", `schedules of the platform "${session.config.on}" fire by themselves`, {
      hint: "`regatta schedule next` shows when",
    })
  const [{ memory, processes }, schedules, ports] = await Promise.all([
    made.scheduler(),
    made.schedules(),
    session.open(),
  ])
  const seat = `scheduler/${hostOf(shell)}${session.config.stateFolder}`
  if (!(await keepSeat(ports, seat, session.me))) {
    const holder = (await ports.table.readSeat(seat))?.holder ?? "another process"
    throw new RegattaError("refused", `a scheduler has the schedules of ${session.config.stateFolder}: ${holder}`, {
      hint: "one is enough; it sees schedules that are added and removed meanwhile",
    })
  }
  shell.err("firing schedules; Ctrl-C ends this, and runs go on\n")
  const isOurs = await runScheduler(
    {
      schedules,
      memory,
      world: shell,
      fire: (schedule, at) => submitInProcess(shell, session, processes, schedule, at),
      keepSeat: () => keepSeat(ports, seat, session.me),
    },
    { missed: options.text("missed") === "skip" ? "skip" : "run", onEvent: (event) => say(call, event) },
    shell.terminated,
  )
  if (!isOurs)
    throw new RegattaError("refused", "another scheduler took over: this one did not show itself for too long")
  return exitCodeOfSignal(signalName(shell))
}

/** A firing is a `submit` of its own, as on aws: what goes wrong in it ends nothing else. */
async function submitInProcess(
  shell: Shell,
  { config }: Session,
  processes: ChildProcesses,
  schedule: Schedule,
  at: Instant,
): Promise<number> {
  const { env, cwd, self, terminated } = shell
  const known = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  const ended = Promise.withResolvers<number>()
  const child: RunningChild = await processes.start({
    command: [...self, ...firingCommand(schedule, scheduledTimeText(at))],
    env: { ...known, REGATTA_ON: config.on, REGATTA_TABLE: config.table, REGATTA_HOME: config.stateFolder },
    cwd,
    onLine: (line) => shell.err(`${schedule.name}: ${line}\n`),
    onEnd: ended.resolve,
  })
  const end = () => void child.end(GRACE)
  terminated.addEventListener("abort", end, { once: true })
  if (terminated.aborted) end()
  return ended.promise.finally(() => terminated.removeEventListener("abort", end))
}

function say({ shell }: Call, event: SchedulerEvent): void {
  switch (event.kind) {
    case "missed": {
      const atLeast = event.count === MOST_COUNTED ? "at least " : ""
      const missed = `${atLeast}${formatCount(event.count, "firing")} missed, the last ${scheduledTimeText(event.last)}`
      shell.err(`${event.schedule}: ${missed}; ${event.isRun ? "the last is made up for" : "none is made up for"}\n`)
      break
    }
    case "fired": {
      const outcome = event.exitCode === 0 ? "done" : `ended with exit code ${event.exitCode}`
      shell.err(`${event.schedule}: firing of ${scheduledTimeText(event.at)} ${outcome}\n`)
      break
    }
    case "again":
      shell.err(`${event.schedule}: exit code ${event.exitCode}, tried again in half a minute\n`)
      break
    default:
      event satisfies never
  }
}

/** The host in a process's name: two hosts may have folders of the same path. */
function hostOf({ process }: Shell): string {
  return process.split(".").slice(0, -3).join(".")
}
