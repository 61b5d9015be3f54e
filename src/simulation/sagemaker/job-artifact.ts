import type { Instant } from "../../core/ids.ts"
import { gzipTar } from "../gzip-tar.ts"
import type { ModelledObjects } from "../service-model.ts"
import type { ModelledJob } from "./modelled-job.ts"
import type { TrainingOutcome } from "./training-effect.ts"
import { s3Place } from "./training-request.ts"

/** Stores what a job leaves below `<output>/<job>/output/`, and notes its model. A text: the failure reason instead. */
export function storeArtifacts(
  job: ModelledJob,
  uploads: TrainingOutcome["uploads"] | "own",
  objects: ModelledObjects,
  at: Instant,
): string | null {
  const { S3OutputPath, CompressionType = "GZIP" } = job.request.OutputDataConfig
  const place = s3Place(S3OutputPath)
  const files = uploads === "own" ? ownUploads(job, CompressionType === "NONE") : uploads
  if (files.length === 0) return null
  const bucket = place?.bucket ?? ""
  const region = objects.bucketRegion(bucket)
  if (region === null) return `ClientError: Artifact upload failed:The bucket ${bucket} does not exist`
  if (region !== job.region)
    return `ClientError: Artifact upload failed:The S3 bucket ${bucket} is in ${region}: the bucket must be in the same region as the job, ${job.region}`
  const below = [place?.key ?? "", job.name, "output"].map(trimSlashes).filter((part) => part !== "")
  for (const { name, bytes } of files) objects.put(bucket, [...below, name].join("/"), bytes, at)
  if (files.some(({ name }) => name === "model.tar.gz")) job.artifact = uriOf(bucket, below, "model.tar.gz")
  else if (files.some(({ name }) => name.startsWith("model/"))) job.artifact = uriOf(bucket, below, "model/")
  return null
}

function ownUploads({ course }: ModelledJob, isPlain: boolean): TrainingOutcome["uploads"] {
  return isPlain
    ? Object.entries(course.artifact).map(([name, text]) => ({ name: `model/${name}`, bytes: Buffer.from(text) }))
    : [{ name: "model.tar.gz", bytes: packed(course.artifact) }]
}

/** Packed once: ten thousand jobs of one rule leave the same files. */
const archives = new WeakMap<Readonly<Record<string, string>>, Uint8Array>()

function packed(files: Readonly<Record<string, string>>): Uint8Array {
  const known = archives.get(files) ?? gzipTar(files)
  archives.set(files, known)
  return known
}

function uriOf(bucket: string, below: readonly string[], name: string): string {
  return `s3://${[bucket, ...below, name].join("/")}`
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, "")
}
