// A firing of a schedule as the command line submits it: the run is made once, by whoever comes first.
// It plans nothing; what makes the run is handed in.

import { resumeRun } from "../app/submit-run.ts"
import { giveBackTurn, takeFiringTurn } from "../app/take-firing-turn.ts"
import { ownerId } from "../core/decision/owner.ts"
import { isRegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import { scheduledTimeText } from "../core/schedule/firing-command.ts"
import type { Shell } from "../ports/world.ts"
import type { Call } from "./command.ts"
import type { FiringOption } from "./firing-option.ts"
import { type Format, print } from "./output/print.ts"
import { followedFirst } from "./see-followed.ts"
import type { RunPorts, Session } from "./session.ts"

/** A run that was created or completed, and what it was done with. */
export interface Made {
  readonly ports: RunPorts
  readonly run: RunRecord
  /** What is to be said of its follower; null: nothing. */
  readonly followed: string | null
}

export type Fired =
  | { readonly kind: "run"; readonly made: Made; readonly isFound: boolean }
  | { readonly kind: "skipped"; readonly because: RunId }
  /** The caller left before there was a run. */
  | { readonly kind: "left"; readonly code: number }

/** @param create makes the run, whose id is that of the firing; a number: the caller left. */
export async function submitFiring(
  call: Call,
  session: Session,
  { firing, overlap }: FiringOption,
  create: () => Promise<Made | number>,
): Promise<Fired> {
  const { shell } = call
  const ports = await session.open()
  const by = makerOf(shell)
  const onWait = (other: RunId) => shell.err(`${firing.schedule}: waiting for the end of ${other}\n`)
  const turn = () => takeFiringTurn(ports, firing, overlap, session.me, by, onWait, shell.terminated)
  const resumed = async (found: RunRecord): Promise<Fired> => {
    const { beforeArrays, said } = followedFirst(call, ports)
    const run = await resumeRun(ports, found.run, session.me, shell.terminated, { beforeArrays })
    return { kind: "run", made: { ports, run, followed: said() }, isFound: true }
  }
  const first = await turn()
  if (first.kind === "found") return resumed(first.run)
  if (first.kind === "skipped") return first
  try {
    const made = await create()
    if (typeof made !== "number") return { kind: "run", made, isFound: false }
    await giveBackTurn(ports, firing, by)
    return { kind: "left", code: made }
  } catch (error) {
    // The same firing twice at once: the other was first with the run, and its record stands.
    if (isRegattaError(error, "conflict")) {
      const again = await turn()
      if (again.kind === "found") return resumed(again.run)
    }
    await giveBackTurn(ports, firing, by)
    throw error
  }
}

/** This process, as the queue can tell whether it lives: on aws by its job, of which another machine sees no process. */
function makerOf({ env, process }: Shell): OwnerId {
  const job = env["AWS_BATCH_JOB_ID"] ?? ""
  if (job === "") return ownerId({ kind: "command", process })
  return ownerId({ kind: "child", job, attempt: Number(env["AWS_BATCH_JOB_ATTEMPT"] ?? 1), process })
}

/** Runs belong to who made the schedule, whoever carries out its firings. */
export function ownerOfFiring({ env }: Shell, { owner }: Pick<RunPorts, "owner">): string {
  return env["REGATTA_SCHEDULE_OWNER"] || owner
}

/** A firing that makes no run is done: it exits 0. */
export function showSkipped(call: Call, format: Format, { firing }: FiringOption, because: RunId): number {
  const scheduledTime = scheduledTimeText(firing.at)
  const document = { version: 1, schedule: firing.schedule, scheduledTime, outcome: "skipped", because }
  const said = `${firing.schedule}: the firing of ${scheduledTime} is skipped, since ${because} had not ended`
  print(call.shell, format, {
    document,
    rows: [document],
    record: () => ({ schedule: firing.schedule, scheduled_time: scheduledTime, outcome: "skipped", because }),
    name: () => "",
    columns: [],
    tableRows: [],
    above: [said],
    empty: "",
  })
  return 0
}
