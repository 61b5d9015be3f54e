import type { Instant } from "../../core/ids.ts"
import type { ModelledObjects } from "../service-model.ts"
import type { ModelRequest, TransformRequest } from "./models-and-transforms.ts"
import { s3Place } from "./training-request.ts"

/** What the modelled container answers to every record: it computes nothing. */
const PREDICTION = "0.5"

/** Writes one `.out` object for each input object. A text: the failure reason instead, and nothing was written. */
export function storePredictions(
  request: TransformRequest,
  model: ModelRequest,
  objects: ModelledObjects,
  now: Instant,
): string | null {
  const { S3Uri: uri, S3DataType } = request.TransformInput.DataSource.S3DataSource
  const wrong = artifactProblem(model, objects)
  if (wrong !== null) return wrong
  const inputs = S3DataType === "ManifestFile" ? listedObjects(uri, objects) : prefixedObjects(uri, objects)
  if (inputs.length === 0) return `ClientError: No S3 objects found under S3 URL "${uri}"`
  const outputs: { readonly name: string; readonly text: string }[] = []
  for (const { name, bytes } of inputs) {
    const text = predictions(request, Buffer.from(bytes).toString())
    if (text === null) return "ClientError: Unable to apply the OutputFilter to a record of the output"
    outputs.push({ name, text })
  }
  const place = s3Place(request.TransformOutput.S3OutputPath)
  const below = (place?.key ?? "").replace(/\/+$/, "")
  for (const { name, text } of outputs) {
    objects.put(place?.bucket ?? "", `${below === "" ? "" : `${below}/`}${name}.out`, Buffer.from(text), now)
  }
  return null
}

/** A container can only load what is an archive. */
export function artifactProblem({ PrimaryContainer }: ModelRequest, objects: ModelledObjects): string | null {
  const place = PrimaryContainer.ModelDataUrl === undefined ? null : s3Place(PrimaryContainer.ModelDataUrl)
  if (place === null) return null
  const bytes = objects.read(place.bucket, place.key)
  if (bytes !== null && bytes[0] === 0x1f && bytes[1] === 0x8b) return null
  return "ClientError: Unable to extract the model data: it is no gzipped tar archive"
}

interface Input {
  /** Relative to the input's folder. */
  readonly name: string
  readonly bytes: Uint8Array
}

function prefixedObjects(uri: string, objects: ModelledObjects): readonly Input[] {
  const place = s3Place(uri)
  if (place === null) return []
  const folder = place.key.slice(0, place.key.lastIndexOf("/") + 1)
  return objects.list(place.bucket, place.key).flatMap((key) => {
    const bytes = key.endsWith("/") ? null : objects.read(place.bucket, key)
    return bytes === null ? [] : [{ name: key.slice(folder.length), bytes }]
  })
}

/** A manifest: a JSON list, `{"prefix": "s3://…/"}` first and then names below it. */
function listedObjects(uri: string, objects: ModelledObjects): readonly Input[] {
  const place = s3Place(uri)
  const text = place === null ? null : objects.read(place.bucket, place.key)
  if (text === null) return []
  const [head, ...names] = JSON.parse(Buffer.from(text).toString()) as [{ prefix?: string }, ...string[]]
  return names.flatMap((name) => {
    const found = s3Place(`${head?.prefix ?? ""}${name}`)
    const bytes = found === null ? null : objects.read(found.bucket, found.key)
    return bytes === null ? [] : [{ name, bytes }]
  })
}

/** null: the output filter is none that is understood here. */
function predictions(
  { TransformInput, TransformOutput, DataProcessing }: TransformRequest,
  text: string,
): string | null {
  const records =
    TransformInput.SplitType === "Line" ? text.split("\n").filter((line) => line !== "") : [text.trimEnd()]
  const isJoined = DataProcessing?.JoinSource === "Input"
  const answers: string[] = []
  for (const record of records) {
    const cells = isJoined ? [...record.split(","), PREDICTION] : [PREDICTION]
    const chosen = DataProcessing?.OutputFilter === undefined ? cells : filtered(cells, DataProcessing.OutputFilter)
    if (chosen === null) return null
    answers.push(chosen.join(","))
  }
  return TransformOutput.AssembleWith === "Line" ? answers.map((answer) => `${answer}\n`).join("") : answers.join("")
}

/** JSONPath over the cells of one record: `$`, `$[0,-1]`, `$[1:]`, `$[0:3]`. */
function filtered(cells: readonly string[], filter: string): readonly string[] | null {
  if (filter === "$") return cells
  const slice = /^\$\[(-?\d*):(-?\d*)\]$/.exec(filter)
  if (slice !== null) {
    const [, from = "", to = ""] = slice
    return cells.slice(from === "" ? 0 : Number(from), to === "" ? undefined : Number(to))
  }
  const list = /^\$\[(-?\d+(?:,-?\d+)*)\]$/.exec(filter)
  return list === null ? null : (list[1] ?? "").split(",").flatMap((at) => cells.at(Number(at)) ?? [])
}
