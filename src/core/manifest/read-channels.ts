import type { Channel } from "../job/job-spec.ts"
import type { FamilyName } from "./columns.ts"
import type { RowContext } from "./row-context.ts"
import { locationUri } from "./row-paths.ts"
import type { RowReader } from "./row-reader.ts"

type ChannelPart = Extract<FamilyName, `channel.<name>.${string}`>

/**
 * The row's inputs in an order of their own, so that the order of columns does not matter: `train`, `training` and
 * `validation` as people write them, the others by name, and `model` last, as the SageMaker SDK appends it.
 */
export function readChannels(reader: RowReader, context: RowContext): readonly Channel[] {
  findUnplacedParts(reader)
  const part = <N extends ChannelPart>(of: N) => new Map(reader.family(of).map(({ key, value }) => [key, value]))
  const distributions = part("channel.<name>.distribution")
  const dataTypes = part("channel.<name>.data_type")
  const inputModes = part("channel.<name>.input_mode")
  const contentTypes = part("channel.<name>.content_type")
  const compressions = part("channel.<name>.compression")
  const recordWrappers = part("channel.<name>.record_wrapper")
  const attributes = part("channel.<name>.attributes")
  const groups = part("channel.<name>.groups")
  const shuffleSeeds = part("channel.<name>.shuffle_seed")
  const accesses = part("channel.<name>.access")
  const inputMode = reader.fixed("input_mode") ?? "File"
  return reader
    .family("channel.<name>")
    .toSorted((a, b) => rank(a.key) - rank(b.key) || a.key.localeCompare(b.key, "en"))
    .map(({ key, value, given }) => ({
      name: key,
      uri: locationUri(value, given, context),
      distribution: distributions.get(key) ?? "FullyReplicated",
      dataType: dataTypes.get(key) ?? "S3Prefix",
      inputMode: inputModes.get(key) ?? inputMode,
      contentType: contentTypes.get(key) ?? null,
      compression: compressions.get(key) ?? "None",
      recordWrapper: recordWrappers.get(key) ?? "None",
      ...optional("hasOwnMode", inputModes.has(key) ? (true as const) : undefined),
      ...optional("attributes", attributes.get(key)),
      ...optional("groups", groups.get(key)),
      ...optional("shuffleSeed", shuffleSeeds.get(key)),
      ...optional("isWritable", accesses.get(key) === "rw" ? (true as const) : undefined),
    }))
}

/** A member that is not set is not there: rows without it keep their bytes. */
function optional<Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: T })
}

const FIRST = ["train", "training", "validation"]

function rank(name: string): number {
  const at = FIRST.indexOf(name)
  if (at !== -1) return at
  return name === "model" ? FIRST.length + 1 : FIRST.length
}

/** A cell that says how a channel is read needs the channel; a setting of regatta.yaml waits for rows that have it. */
function findUnplacedParts(reader: RowReader): void {
  for (const { column, key } of reader.row.given.values()) {
    const channel = `channel.${column.key}`
    if (key === null && column.of.startsWith("channel.<name>.") && !reader.has(channel)) {
      reader.find(column.name, `${channel} has no location in this row`)
    }
  }
}
