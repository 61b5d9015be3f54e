import type { Check, CheckState } from "../../app/doctor-check.ts"
import type { Orphan, OrphanSearch } from "../../app/find-orphans.ts"
import { ABSENT } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Tone } from "../output/style.ts"
import { plain } from "../output/text.ts"

const WORDS: Readonly<Record<CheckState, string>> = {
  right: "ok",
  wrong: "wrong",
  advice: "advice",
  notChecked: "not checked",
}

const TONES: Partial<Readonly<Record<CheckState, Tone>>> = {
  right: "good",
  wrong: "bad",
  advice: "warn",
  notChecked: "faint",
}

/** What was looked at, and below it how to mend what is not right. */
export function doctorView(on: string, checks: readonly Check[]): View<Check> {
  const mends = checks.flatMap(({ name, mend }) => (mend === null ? [] : [`${name}: ${plain(mend)}`]))
  return {
    document: { version: 1, on, checks },
    rows: checks,
    record: ({ name, state, detail, mend }) => ({ name, state, detail, mend }),
    name: ({ name }) => name,
    columns: [
      { title: "CHECK", value: ({ name }) => plain(name), shrinkTo: 16 },
      { title: "STATE", value: ({ state }) => WORDS[state], tone: ({ state }) => TONES[state] ?? null },
      { title: "DETAIL", value: ({ detail }) => plain(detail), shrinkTo: 24 },
    ],
    below: mends.length === 0 ? [] : ["", "to mend", ...mends],
    empty: "nothing was looked at",
  }
}

export function orphansView({ regions, orphans }: OrphanSearch): View<Orphan> {
  return {
    document: { version: 1, regions, orphans },
    rows: orphans,
    record: ({ region, trainingJob, run, row, phase, why }) => ({
      region,
      training_job: trainingJob,
      run,
      row,
      phase,
      why,
    }),
    recordColumns: ["region", "training_job", "run", "row", "phase", "why"],
    name: ({ trainingJob }) => trainingJob,
    columns: [
      { title: "REGION", value: ({ region }) => region },
      { title: "TRAINING JOB", value: ({ trainingJob }) => trainingJob, shrinkTo: 20 },
      { title: "PHASE", value: ({ phase }) => phase },
      { title: "RUN", value: ({ run }) => run ?? ABSENT, shrinkTo: 12 },
      { title: "WHY", value: ({ why }) => plain(why), shrinkTo: 20 },
    ],
    below: orphans.map(
      ({ region, trainingJob }) =>
        `aws sagemaker stop-training-job --training-job-name ${trainingJob} --region ${region}`,
    ),
    empty: `no training job is left behind in ${regions.length === 0 ? "any region: there are no runs" : regions.join(", ")}`,
  }
}
