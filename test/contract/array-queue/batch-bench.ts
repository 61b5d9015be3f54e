import type { BatchClient } from "@aws-sdk/client-batch"
import { BatchArrayQueue } from "../../../src/adapters/array-queue/aws-batch/batch-array-queue.ts"
import { ByRegion } from "../../../src/adapters/aws/client-options.ts"
import { AWS_TIMING } from "../../../src/core/decision/policy.ts"
import type { ArrayQueue, Child } from "../../../src/ports/array-queue.ts"
import { BatchModel } from "../../../src/simulation/batch/batch-model.ts"
import type { StartEffect } from "../../../src/simulation/batch/effect.ts"
import { aWorld } from "../../builders.ts"
import type { QueueUnderTest, Started, Step } from "./suite.ts"

const REGION = "us-east-1"
const CALLER = { account: "111122223333", arn: "arn:aws:iam::111122223333:user/ada" }
/** Two children at once. */
const [CHILD_VCPUS, QUEUE_VCPUS] = [1, 2]

/** Batch as a model in this process. Its time passes by a second with each call, and its containers do what the test wrote down. */
export async function openBatchBench(): Promise<QueueUnderTest> {
  const bench = new BatchBench()
  return {
    queue: bench.named(),
    script: async (child, ...steps) => void bench.scripts.set(child, steps),
    started: async () => bench.started,
    close: async () => {},
  }
}

class BatchBench {
  readonly scripts = new Map<number, readonly Step[]>()
  readonly started: Started[] = []
  readonly #model = new BatchModel({ account: CALLER.account })
  readonly #hanging = new Map<string, StartEffect>()
  readonly #names = new Map<string, string>()
  #now = Date.UTC(2026, 10, 20, 14, 22, 33)

  constructor() {
    this.#model.addQueue(REGION, "workers", QUEUE_VCPUS)
  }

  /** The suite knows arrays by the names that it gave; Batch has ids of its own. */
  named(): ArrayQueue {
    const queue = this.#queue()
    const idOf = (named: string) => {
      const [, name = "", rest = ""] = /^([^:]*)(.*)$/.exec(named) ?? []
      return `${[...this.#names].find(([, each]) => each === name)?.[0] ?? name}${rest}`
    }
    const withName = (child: Child): Child => ({ ...child, job: this.#named(child.job) })
    return {
      ready: (regions) => queue.ready(regions),
      submit: async (run, array) => {
        this.#names.set(await queue.submit(run, array), array.name)
        return array.name
      },
      revive: () => queue.revive(),
      follow: (run) => queue.follow(run),
      async counts(arrays) {
        const counts = await queue.counts(arrays.map(idOf))
        return new Map(
          arrays.flatMap((array) => [...counts].filter(([id]) => id === idOf(array)).map(([, of]) => [array, of])),
        )
      },
      async *children(array, state) {
        for await (const child of queue.children(idOf(array), state)) yield withName(child)
      },
      async child(job) {
        const child = await queue.child(idOf(job))
        return child === null ? null : withName(child)
      },
      isGone: (owner) => queue.isGone(owner),
      end: (array, reason) => queue.end(idOf(array), reason),
    }
  }

  #queue(): BatchArrayQueue {
    const clients = new ByRegion((region) => this.#client(region))
    return new BatchArrayQueue({
      clients,
      submitters: clients,
      settings: {
        queue: "workers",
        image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/regatta:1",
        job_role: "arn:aws:iam::111122223333:role/worker",
        execution_role: "arn:aws:iam::111122223333:role/ecs",
        vcpu: CHILD_VCPUS,
      },
      prefix: "rg",
      home: REGION,
      environment: async () => ({ REGATTA_ON: "aws" }),
      timing: AWS_TIMING,
      world: aWorld(),
    })
  }

  #client(region: string): BatchClient {
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
      const operation = command.constructor.name.replace(/Command$/, "")
      this.#pass()
      const answer = this.#model.handle({ region, operation, input: { ...command.input }, caller: CALLER }, this.#now)
      this.#pass()
      if (answer.ok) return answer.output
      const { name, message, status } = answer.fault
      throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })
    }
    return { send, destroy() {} } as unknown as BatchClient
  }

  #pass(): void {
    this.#now += 1000
    for (const effect of this.#model.advance(this.#now)) {
      if (effect.kind === "start") this.#start(effect)
      else this.#end(this.#hanging.get(`${effect.job} ${effect.attempt}`), 75)
    }
  }

  #start(job: StartEffect): void {
    const value = (name: string) => job.environment[name] ?? "none"
    this.started.push({
      run: value("REGATTA_RUN"),
      job: this.#named(value("AWS_BATCH_JOB_ID")),
      attempt: value("AWS_BATCH_JOB_ATTEMPT"),
      arrayIndex: value("AWS_BATCH_JOB_ARRAY_INDEX"),
      rowIndex: value("REGATTA_ROW_INDEX"),
      rowOffset: value("REGATTA_ROW_OFFSET"),
      rowList: value("REGATTA_ROW_LIST"),
    })
    const child = Number(job.environment["AWS_BATCH_JOB_ARRAY_INDEX"] ?? 0)
    const step = this.scripts.get(child)?.[job.attempt - 1] ?? 0
    if (step === "hang") this.#hanging.set(`${job.job} ${job.attempt}`, job)
    else this.#end(job, step === "killed" ? null : step)
  }

  #end(job: StartEffect | undefined, exitCode: number | null): void {
    if (job === undefined) return
    this.#model.ended({ region: job.region, job: job.job, attempt: job.attempt, exitCode, reason: null }, this.#now)
  }

  #named(job: string): string {
    const [id = "", child] = job.split(":")
    const name = this.#names.get(id) ?? id
    return child === undefined ? name : `${name}:${child}`
  }
}
