import { copyUsers, findRemovals, type Removal, recordRemoved, removeCopy } from "../../app/remove-copies.ts"
import { sizeText } from "../../core/amounts.ts"
import { ERROR_CODES, RegattaError } from "../../core/errors.ts"
import { type CopyRecord, copyFolder } from "../../core/placement/copy-record.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { chooseRunToChange } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { confirm } from "../prompt.ts"
import type { RunPorts, Session } from "../session.ts"
import { copiesView, copyDocument } from "../views/copy-view.ts"

/** Deletes the copies of a run, but for those that runs which have not ended need. */
export async function copiesRemove(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRunToChange(call, session, ports, requiredArgument(call, 0))
  const removals = await findRemovals(ports.table, session.config.prefix, run)
  const free = removals.filter(({ usedBy }) => usedBy.length === 0)
  const used = removals.filter(({ usedBy }) => usedBy.length > 0)
  if (free.length === 0 && used.length > 0) throw allUsed(call, run, used)
  const isDry = options.flag("dry-run")
  if (!isDry && free.length > 0) await confirm(call, `Delete ${sumOf(free)} of ${run.run}? ${AFTERWARDS}`)
  const done = isDry ? free.map(({ record }) => record) : await removeAll(call, ports, run, free)
  if (!isDry && done.length > 0) await sayBegunSince(call, session, ports, done)
  const shown = done.map((record) => ({ run: run.run, record }))
  print(shell, format, {
    ...copiesView(shown, shell.clock.now(), `${run.run} has no copies to remove`),
    document: {
      version: 1,
      run: run.run,
      dryRun: isDry,
      copies: shown.map(copyDocument),
      kept: used.map(keptDocument),
    },
  })
  for (const { record, usedBy } of used) shell.err(`kept ${copyFolder(record.copy)}: ${usedBy.join(", ")} needs it\n`)
  if (isDry) shell.err("dry run: nothing was deleted\n")
  return used.length > 0 ? ERROR_CODES.refused.command : 0
}

const AFTERWARDS = "Rows that are tried again need them anew."

async function removeAll(call: Call, ports: RunPorts, run: RunRecord, removals: readonly Removal[]) {
  const { shell } = call
  const removed: CopyRecord[] = []
  for (const removal of removals) {
    const { copy } = removal.record
    const { objects, unfinished } = await withProgress(shell, `deleting ${copyFolder(copy)}`, (progress) =>
      removeCopy(ports, run.run, removal, (count) => progress.update(count, copy.objects)),
    )
    const begun = unfinished === 0 ? "" : `, ${formatCount(unfinished, "unfinished upload")} dropped`
    shell.err(`${copyFolder(copy)}: ${formatCount(objects, "object")} deleted${begun}\n`)
    removed.push({ ...removal.record, status: "removed", at: shell.clock.now() })
  }
  return removed
}

/** A run that began to use a copy while it was deleted may have found objects that are gone now: it is to look again. */
async function sayBegunSince(
  { shell, command }: Call,
  { config }: Pick<Session, "config">,
  ports: RunPorts,
  removed: readonly CopyRecord[],
): Promise<void> {
  const { live } = await copyUsers(ports.table, config.prefix)
  const since = new Set<string>()
  for (const { copy } of removed) {
    const runs = live.get(copyFolder(copy)) ?? []
    await recordRemoved(ports, runs, copy)
    for (const run of runs) since.add(run)
  }
  for (const run of since) {
    const again = `${command(`submit --resume ${run}`)} makes it again, and ${command(`retry ${run} --failed`)} what failed for it`
    shell.err(`${run} began to use a copy while it was deleted: ${again}\n`)
  }
}

function sumOf(removals: readonly Removal[]): string {
  const bytes = removals.reduce((sum, { record }) => sum + record.copy.bytes, 0)
  return `${formatCount(removals.length, "copy", "copies")} (${sizeText(bytes)})`
}

function keptDocument({ record, usedBy }: Removal) {
  return { target: record.copy.target, to: record.copy.to, usedBy }
}

function allUsed({ command }: Call, run: RunRecord, used: readonly Removal[]): RegattaError {
  const users = [...new Set(used.flatMap(({ usedBy }) => usedBy))]
  const isOwn = users.length === 1 && users[0] === run.run
  return new RegattaError(
    "refused",
    `no copy of ${run.run} is deleted: ${isOwn ? "it has rows that have not ended" : `${users.join(", ")} needs them and has not ended`}`,
    {
      hint: `wait for ${users.length === 1 ? "it" : "them"}, or \`${command(`stop ${users[0]}`)}\``,
      fields: { run: run.run },
    },
  )
}
