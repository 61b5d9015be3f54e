import { BatchModel, type BatchModelOptions } from "../../../../src/simulation/batch/batch-model.ts"
import type { StartEffect } from "../../../../src/simulation/batch/effect.ts"

type Output = Readonly<Record<string, unknown>>

export const REGION = "eu-west-1"
const START = Date.UTC(2026, 0, 1)
const PACE = { runnableMs: 1_000, startingMs: 2_000, startBurst: 100, startsPerSecond: 20, graceMs: 30_000 }

/** The model with a queue `queue` of `vcpus` places, a definition `worker` of one vCPU, and a clock that a test moves. */
export function aBatch(vcpus = 100, options: Partial<BatchModelOptions> = {}) {
  const model = new BatchModel({ account: "123456789012", pace: PACE, ...options })
  const caller = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }
  let now = START
  const effects: { readonly kind: string; readonly job: string; readonly attempt: number; readonly at: number }[] = []
  const starts = new Map<string, StartEffect>()
  model.addQueue(REGION, "queue", vcpus)

  function take() {
    for (const effect of model.advance(now)) {
      effects.push({ kind: effect.kind, job: effect.job, attempt: effect.attempt, at: now - START })
      if (effect.kind === "start") starts.set(`${effect.job} ${effect.attempt}`, effect)
    }
  }

  function ask(operation: string, input: Output): Output {
    const answer = model.handle({ region: REGION, operation, input, caller }, now)
    take()
    if (answer.ok) return answer.output
    throw new Error(`${answer.fault.name}: ${answer.fault.message}`)
  }

  ask("RegisterJobDefinition", {
    jobDefinitionName: "worker",
    type: "container",
    containerProperties: {
      image: "image",
      command: ["run", "Ref::what"],
      vcpus: 1,
      environment: [{ name: "A", value: "1" }],
    },
  })
  return {
    model,
    effects,
    starts,
    ask,
    submit: (more: Output = {}) =>
      String(ask("SubmitJob", { jobName: "job", jobQueue: "queue", jobDefinition: "worker", ...more })["jobId"]),
    /** Moves from one due moment to the next, as a driver does. */
    pass(ms: number) {
      const until = now + ms
      for (let due = model.due(); due !== null && due <= until; due = model.due()) {
        now = Math.max(now, due)
        take()
      }
      now = until
      take()
    },
    ended(job: string, attempt: number, exitCode: number | null, reason: string | null = null) {
      model.ended({ region: REGION, job, attempt, exitCode, reason }, now)
      take()
    },
    describe(job: string): Output {
      const [found] = ask("DescribeJobs", { jobs: [job] })["jobs"] as readonly Output[]
      if (found === undefined) throw new Error(`no job ${job}`)
      return found
    },
  }
}
