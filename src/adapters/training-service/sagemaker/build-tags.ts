import type { Tag } from "@aws-sdk/client-sagemaker"
import type { Attempt } from "../../../core/decision/row.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import { tagText } from "../../../core/job/tag-text.ts"
import type { RunRecord } from "../../../core/run/run.ts"

/** The user's tags and the five by which a training job is known as ours: run, row, attempt, name and owner. */
export function buildTags(run: RunRecord, spec: JobSpec, attempt: Attempt): readonly Tag[] {
  const ours = {
    "regatta:run": run.run,
    "regatta:row": String(spec.index),
    "regatta:attempt": String(attempt.number),
    "regatta:name": spec.name ?? run.name,
    "regatta:owner": run.createdBy,
  }
  return [
    ...Object.entries(ours).map(([Key, value]) => ({ Key, Value: tagText(value) })),
    ...Object.entries(spec.tags).map(([Key, Value]) => ({ Key, Value })),
  ]
}
