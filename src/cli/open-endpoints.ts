import type { EndpointPorts } from "../app/end-endpoint.ts"
import { noteEndpoint, readEndpointRecords } from "../app/endpoint-book.ts"
import { chooseEndpoint, type EndpointSearch, endpointRegions, searchEndpoints } from "../app/find-endpoints.ts"
import { hourlyUsd } from "../core/endpoint/endpoint-cost.ts"
import type { EndpointRecord } from "../core/endpoint/endpoint-record.ts"
import type { EndpointState, VariantState } from "../core/endpoint/endpoint-state.ts"
import { RegattaError } from "../core/errors.ts"
import { tagText } from "../core/job/tag-text.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Call } from "./command.ts"
import type { Session } from "./session.ts"

/** What the commands of endpoints work with. */
export interface OpenEndpoints extends EndpointPorts {
  readonly session: Session
  /** Who calls, as the tags of endpoints name their owner. */
  readonly owner: string
  readonly prefix: string
  /** Whether its machines cost: not on this one. */
  readonly isBilled: boolean
  readonly records: readonly EndpointRecord[]
  /** Those of all regions that settings, records or `--region` name. Asked anew with each call. */
  search(): Promise<EndpointSearch>
  /** USD per hour, on this machine nothing; null: unknown, also where the Price List does not answer. */
  priceOf(region: string, variants: readonly Pick<VariantState, "instanceType" | "instances">[]): Promise<number | null>
  /** Writes the record; where that fails it is said, and nothing else stops: the endpoint is what matters. */
  note(record: EndpointRecord): Promise<void>
}

/** Errors: `unsupported` (the platform serves no models). */
export async function openEndpoints(call: Call): Promise<OpenEndpoints> {
  const session = await call.session()
  const ports = session.ports()
  const { on, prefix, home, regions } = session.config
  if (ports.endpoints === undefined || ports.models === undefined) {
    throw new RegattaError("unsupported", `endpoints on the platform "${on}" are not built yet`)
  }
  const [endpoints, models, caller] = await Promise.all([ports.endpoints(), ports.models(), ports.caller()])
  const existing = await session.existingTable()
  const records = existing === null ? [] : await readEndpointRecords(existing, prefix)
  const given = call.options.has("region") ? call.options.texts("region") : []
  const named = [...Object.keys(regions), ...(home === null ? [] : [home])]
  const around = given.length > 0 ? given : endpointRegions(named, records)
  return {
    session,
    world: call.shell,
    timing: ports.timing,
    endpoints,
    models,
    owner: tagText(caller.name),
    prefix,
    isBilled: on !== "local",
    records,
    search: () => searchEndpoints(endpoints, around, `${prefix}-`),
    priceOf: (region, variants) => priceOf(session, region, variants),
    note: (record) => note(call, existing ?? session.ports().table(), prefix, record),
  }
}

async function priceOf(
  session: Session,
  region: string,
  variants: readonly Pick<VariantState, "instanceType" | "instances">[],
): Promise<number | null> {
  if (session.config.on === "local") return 0
  const { account } = session.ports()
  if (account === undefined) return null
  try {
    const book = await account.prices()
    const prices = new Map<string, number | null>()
    for (const { instanceType } of variants)
      if (instanceType !== null) prices.set(instanceType, await book.price({ region, instanceType }, "hosting"))
    return hourlyUsd(variants, (type) => prices.get(type) ?? null)
  } catch {
    // A price is for the reader: without one the endpoint is as it is, and its cost is shown as unknown.
    return null
  }
}

async function note(
  { shell }: Call,
  table: RunTable | Promise<RunTable>,
  prefix: string,
  record: EndpointRecord,
): Promise<void> {
  try {
    await noteEndpoint(await table, prefix, record)
  } catch (error) {
    if (!(error instanceof RegattaError)) throw error
    shell.err(`the endpoint ${record.name} could not be recorded: ${error.message}\n`)
  }
}

/** The endpoints that the command names, in its order. Errors: `notFound`, `usage`. */
export async function chosenEndpoints(
  open: OpenEndpoints,
  names: readonly string[],
): Promise<readonly EndpointState[]> {
  const search = await open.search()
  const chosen = names.map((name) => chooseEndpoint(search, name))
  const twice = chosen.find((each, at) => chosen.indexOf(each) !== at)
  if (twice !== undefined) throw new RegattaError("usage", `the endpoint ${twice.name} is named twice`)
  return chosen
}
