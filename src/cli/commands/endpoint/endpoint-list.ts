import { ownerOf } from "../../../app/find-endpoints.ts"
import { ERROR_CODES } from "../../../core/errors.ts"
import type { Call } from "../../command.ts"
import { openEndpoints } from "../../open-endpoints.ts"
import { formatUsd } from "../../output/format.ts"
import { parseFormat, print } from "../../output/print.ts"
import { withProgress } from "../../output/progress.ts"
import { endedDocument, endpointDocument, endpointsView } from "../../views/endpoint-view.ts"

/** Endpoints of ours in all regions, as AWS has them; with --ended also those that are gone, as the table has them. */
export async function endpointList(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const open = await openEndpoints(call)
  const isMine = (owner: string | null) => options.flag("all-owners") || owner === null || owner === open.owner
  const { found, silent } = await withProgress(shell, "looking for endpoints", () => open.search())
  const live = await Promise.all(
    found
      .filter((state) => isMine(ownerOf(state)))
      .map(async (state) =>
        endpointDocument(state, await open.priceOf(state.region, state.variants), shell.clock.now()),
      ),
  )
  const ended = options.flag("ended")
    ? open.records.filter(({ owner, endedAt }) => endedAt !== null && isMine(owner))
    : []
  const shown = [...live, ...ended.toSorted((one, other) => one.createdAt - other.createdAt).map(endedDocument)]
  const perHour = live.reduce<number | null>(
    (sum, { usdPerHour }) => (sum === null || usdPerHour === null ? null : sum + usdPerHour),
    0,
  )
  const others = found.length - live.length
  const document = { version: 1, endpoints: shown, silent: silent.map(({ region }) => region) }
  print(
    shell,
    format,
    endpointsView(shown, document, {
      below: live.length === 0 || !open.isBilled ? [] : [`billed until deleted: ${formatUsd(perHour)} per hour`],
      empty: others > 0 ? "you have no endpoint" : "there is no endpoint",
    }),
  )
  if (others > 0) shell.err(`${others} of others not shown: --all-owners\n`)
  for (const { region, message } of silent) shell.err(`not seen in ${region}: ${message}\n`)
  return silent.length === 0 ? 0 : ERROR_CODES.partial.command
}
