import { labelOf, ownerOf } from "../../app/find-endpoints.ts"
import { usdSoFar } from "../../core/endpoint/endpoint-cost.ts"
import type { EndpointRecord } from "../../core/endpoint/endpoint-record.ts"
import type { EndpointState, VariantState } from "../../core/endpoint/endpoint-state.ts"
import type { Instant, JobName } from "../../core/ids.ts"
import { parseJobName } from "../../core/run/names.ts"
import { ABSENT, formatDuration, formatUsd, UNKNOWN } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Tone } from "../output/style.ts"

/** An endpoint as every command shows it. */
export interface EndpointDocument {
  readonly name: string
  readonly label: string | null
  readonly region: string
  /** Ours; an ended one: `failed`, `notInTime`, `deleted`. */
  readonly status: string
  /** The service's own word; null of one that is gone. */
  readonly serviceStatus: string | null
  readonly reason: string | null
  /** null: it has no tag of an owner. */
  readonly owner: string | null
  readonly variants: readonly (VariantState & { readonly run: string | null; readonly index: number | null })[]
  readonly createdAt: string | null
  readonly endedAt: string | null
  readonly ageSeconds: number | null
  readonly usdPerHour: number | null
  /** From its creation until now or its end: more than the service bills, since machines come up later. null: unknown. */
  readonly costUsd: number | null
}

export function endpointDocument(state: EndpointState, usdPerHour: number | null, now: Instant): EndpointDocument {
  const { name, region, status, raw, reason, createdAt, variants } = state
  return {
    name,
    label: labelOf(state),
    region,
    status,
    serviceStatus: raw,
    reason: reason === "" ? null : reason,
    owner: ownerOf(state),
    variants: variants.map(withRow),
    ...times(createdAt, null, usdPerHour, now),
  }
}

/** Of one that is gone. */
export function endedDocument(record: EndpointRecord): EndpointDocument {
  const { name, region, outcome, reason, owner, variants, createdAt, endedAt, usdPerHour } = record
  return {
    name,
    label: null,
    region,
    status: outcome,
    serviceStatus: null,
    reason: reason === "" ? null : reason,
    owner: owner === "" ? null : owner,
    variants: variants.map(withRow),
    ...times(createdAt, endedAt, usdPerHour, endedAt ?? createdAt),
  }
}

function times(createdAt: Instant | null, endedAt: Instant | null, usdPerHour: number | null, until: Instant) {
  const iso = (at: Instant | null) => (at === null ? null : new Date(at).toISOString())
  return {
    createdAt: iso(createdAt),
    endedAt: iso(endedAt),
    ageSeconds: createdAt === null ? null : Math.max(0, Math.round((until - createdAt) / 1000)),
    usdPerHour,
    costUsd: usdSoFar(usdPerHour, createdAt, until),
  }
}

/** A model has the name of the training job that left it, and that names run and row. */
function withRow(variant: VariantState) {
  const named = variant.model === null ? null : parseJobName(variant.model as JobName)
  return { ...variant, run: named?.run ?? null, index: named?.row ?? null }
}

/** @param document what `json` prints. */
export function endpointsView(
  endpoints: readonly EndpointDocument[],
  document: unknown,
  texts: Pick<View<EndpointDocument>, "above" | "below" | "empty">,
): View<EndpointDocument> {
  const owners = new Set(endpoints.map(({ owner }) => owner))
  return {
    document,
    rows: endpoints,
    record: (each) => ({
      name: each.name,
      label: each.label,
      region: each.region,
      status: each.status,
      reason: each.reason,
      owner: each.owner,
      variants: each.variants.map(({ name }) => name).join(";"),
      models: each.variants.map(({ model }) => model ?? "").join(";"),
      created_at: each.createdAt,
      ended_at: each.endedAt,
      usd_per_hour: each.usdPerHour,
      cost_usd: each.costUsd,
    }),
    recordColumns: ["name", "label", "region", "status"],
    name: ({ name }) => name,
    columns: [
      { title: "ENDPOINT", value: ({ name }) => name },
      { title: "REGION", value: ({ region }) => region, expendable: 4 },
      { title: "STATUS", value: ({ status }) => status, tone: toneOf },
      ...(owners.size > 1
        ? [{ title: "OWNER", value: ({ owner }: EndpointDocument) => owner ?? UNKNOWN, shrinkTo: 8 }]
        : []),
      { title: "SERVES", value: servesText, shrinkTo: 12, expendable: 3 },
      {
        title: "AGE",
        value: ({ ageSeconds }) => (ageSeconds === null ? UNKNOWN : formatDuration(ageSeconds)),
        align: "right",
      },
      { title: "PER HOUR", value: ({ usdPerHour }) => formatUsd(usdPerHour), align: "right", expendable: 2 },
      {
        title: "SO FAR",
        value: ({ costUsd }) => (costUsd === null ? UNKNOWN : `~${formatUsd(costUsd)}`),
        align: "right",
      },
      ...(endpoints.some(({ reason }) => reason !== null)
        ? [{ title: "REASON", value: ({ reason }: EndpointDocument) => reason ?? ABSENT, shrinkTo: 16, expendable: 5 }]
        : []),
    ],
    ...texts,
  }
}

function toneOf({ status }: EndpointDocument): Tone | null {
  if (status === "inService") return "good"
  if (status === "failed" || status === "notInTime") return "bad"
  return status === "deleted" ? "faint" : "warn"
}

/** `row-0: 2 x ml.m5.xlarge, weight 1; row-1: …`. */
function servesText({ variants }: EndpointDocument): string {
  return variants
    .map(
      ({ name, instances, instanceType, weight }) =>
        `${name}: ${instances ?? UNKNOWN} x ${instanceType ?? UNKNOWN}${variants.length > 1 ? `, weight ${weight ?? UNKNOWN}` : ""}`,
    )
    .join("; ")
}
