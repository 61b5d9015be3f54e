// The notices of the runs of one follower: looked at and sent beside everything else, so that nobody waits for a receiver.
// It tells of nothing twice that the table says was told; a notice whose sender died is sent again.
import { stepOrders, stepTargets } from "../core/after/after-step.ts"
import { stepRows } from "../core/after/step-rows.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { decideNotice, noticeEnd } from "../core/notice/decide-notice.ts"
import {
  type DueNotice,
  dueNotices,
  isNoticeKey,
  type NoticeFacts,
  type NoticeTask,
  noticeBody,
  noticeSubject,
} from "../core/notice/notice.ts"
import { type RunRecord, runSize } from "../core/run/run.ts"
import { fullCounts } from "../core/run/run-status.ts"
import type { NoticeChannels } from "../ports/notice-channel.ts"
import { readSteps } from "./carry-steps.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { RunOutcome } from "./run-outcome.ts"
import { sendNotice } from "./send-notice.ts"
import { isTakeable } from "./takeable.ts"

type Ports = Pick<LoopPorts, "table" | "queue" | "timing" | "world">

interface Followed {
  readonly outcome: RunOutcome
  /** Keys of what was told, or given up. */
  readonly done: Set<string>
  work: Promise<void> | null
}

export class FollowedNotices {
  readonly #ports: Ports
  readonly #channels: NoticeChannels
  readonly #me: OwnerId
  readonly #runs = new Map<RunId, Followed>()
  /** Runs of whose end all was told, by the version of their record. */
  readonly #over = new Map<RunId, number>()
  #fault: { readonly error: unknown } | null = null

  constructor(ports: Ports, channels: NoticeChannels, me: OwnerId) {
    this.#ports = ports
    this.#channels = channels
    this.#me = me
  }

  /** Whether nothing is left to be told of a run that has ended. */
  isOver(run: RunRecord): boolean {
    return run.notify === undefined || this.#over.get(run.run) === run.version
  }

  /** Looks for something to tell, unless that is being done. Throws what earlier work threw. */
  look(run: RunRecord, hasEnded: boolean, signal: AbortSignal): void {
    if (this.#fault !== null) {
      const { error } = this.#fault
      this.#fault = null
      throw error
    }
    const followed = this.#followed(run.run)
    if (followed.work !== null || this.isOver(run)) return
    followed.work = this.#tell(followed, run, hasEnded, signal)
      .catch((error: unknown) => {
        this.#fault = { error }
      })
      .finally(() => {
        followed.work = null
      })
  }

  /** Until nothing of it is under way any more: a minute at most. */
  async settle(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ work }) => work))
  }

  async #tell(followed: Followed, run: RunRecord, hasEnded: boolean, signal: AbortSignal): Promise<void> {
    const seen = { ...(await followed.outcome.read()), hasEnded }
    const due = dueNotices(run, seen).filter(({ key }) => !followed.done.has(key))
    if (due.length > 0) {
      const facts = await this.#facts(run, seen)
      const tasks = await this.#tasks(run.run)
      for (const notice of due)
        if (await this.#send(run, notice, facts, tasks.get(notice.key) ?? null, signal)) followed.done.add(notice.key)
    }
    if (!hasEnded || dueNotices(run, seen).some(({ key }) => !followed.done.has(key))) return
    this.#over.set(run.run, run.version)
    this.#runs.delete(run.run)
  }

  /** False: somebody else sends it now, or it was interrupted, and whoever follows next sends it. */
  async #send(
    run: RunRecord,
    notice: DueNotice,
    facts: NoticeFacts,
    task: NoticeTask | null,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { table, world } = this.#ports
    const isFree = task === null || (await isTakeable(this.#ports, this.#me, task.state.by))
    const action = decideNotice(notice, task?.state ?? null, this.#me, () => isFree, world.clock.now())
    if (action.do !== "claim") return action.do === "finish"
    const claimed = { run: run.run, key: notice.key, version: (task?.version ?? 0) + 1, state: action.next }
    if (!(await table.writeTask(claimed))) return false
    const { event } = notice
    const at = world.clock.now()
    const told = { body: noticeBody(run, notice, facts, at), subject: noticeSubject(run, event, facts), at }
    const { notify } = run
    if (notify === undefined) return true
    const channels = await sendNotice(this.#channels, notify, { ...notice, ...told, run: run.run }, world, signal)
    if (channels === null) return false
    const state = noticeEnd(action.next, channels, world.clock.now())
    await table.writeTask({ ...claimed, version: claimed.version + 1, state })
    world.log.event(state.status === "sent" ? "info" : "warn", "notice", { run: run.run, event, ...channels })
    return true
  }

  async #facts(run: RunRecord, seen: Pick<NoticeFacts, "firstFailure" | "budget" | "hasEnded">): Promise<NoticeFacts> {
    const { table } = this.#ports
    const [counts, { spentUsd }] = await Promise.all([table.counts(run.run), table.money(run.run)])
    const { after = [] } = run
    const tasks = after.length === 0 ? [] : [...(await readSteps(table, run)).values()]
    const steps = stepRows(after, stepTargets(after, []), tasks, stepOrders(run))
    return { ...seen, counts: fullCounts(run, counts, runSize(run)), size: runSize(run), steps, spentUsd }
  }

  async #tasks(run: RunId): Promise<ReadonlyMap<string, NoticeTask>> {
    const tasks = new Map<string, NoticeTask>()
    // Written by this program alone, under keys of this kind.
    for await (const task of this.#ports.table.tasks(run))
      if (isNoticeKey(task.key)) tasks.set(task.key, task as NoticeTask)
    return tasks
  }

  #followed(run: RunId): Followed {
    const followed = this.#runs.get(run) ?? {
      outcome: new RunOutcome(this.#ports.table, run),
      done: new Set(),
      work: null,
    }
    this.#runs.set(run, followed)
    return followed
  }
}
