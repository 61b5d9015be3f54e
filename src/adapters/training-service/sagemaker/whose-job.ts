import type { Tag } from "@aws-sdk/client-sagemaker"
import type { Attempt } from "../../../core/decision/row.ts"
import type { Instant } from "../../../core/ids.ts"
import { jobName } from "../../../core/run/names.ts"
import type { RunRecord } from "../../../core/run/run.ts"

export type Whose = { readonly kind: "ours" | "notYetTold" } | { readonly kind: "foreign"; readonly detail: string }

/**
 * Whose a training job is, by the tags that `buildTags` writes. A young job without any of them may be ours with tags that
 * ListTags does not show yet: called a stranger's it would be left training with nobody to end it. `settle`: how long in
 * milliseconds that is granted.
 */
export function whoseJob(
  tags: readonly Tag[],
  createdAt: Instant | null,
  run: Pick<RunRecord, "run">,
  attempt: Attempt,
  now: Instant,
  settle: number,
): Whose {
  const value = (key: string) => tags.find(({ Key }) => Key === key)?.Value ?? null
  const [taggedRun, row, number] = [value("regatta:run"), value("regatta:row"), value("regatta:attempt")]
  if (taggedRun === null && row === null && number === null) {
    if (createdAt === null || createdAt > now - settle) return { kind: "notYetTold" }
    return { kind: "foreign", detail: "it has no tags of ours" }
  }
  const isOurs =
    taggedRun === run.run &&
    number === String(attempt.number) &&
    jobName(run.run, Number(row), attempt.number) === attempt.jobName
  if (isOurs) return { kind: "ours" }
  return { kind: "foreign", detail: `its tags say run ${taggedRun}, row ${row}, attempt ${number}` }
}
