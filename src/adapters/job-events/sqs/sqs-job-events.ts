// Changes of training jobs from a queue of SQS, to which rules of EventBridge forward what SageMaker tells in each region.
// It trusts no event: one only says which job to look at. It makes no queue and no rule.
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs"
import type { EventQueue } from "../../../core/config/event-queue.ts"
import type { JobEvent, JobEvents } from "../../../ports/job-events.ts"
import type { World } from "../../../ports/world.ts"
import { awsError, awsFault, awsMessage } from "../../aws/aws-error.ts"
import { refreshCredentials } from "../../aws/refresh-credentials.ts"
import { within } from "../../aws/within.ts"
import { parseEvent } from "./parse-event.ts"
import { deleteRequests, receiveRequest } from "./request.ts"

export interface SqsJobEventsOptions {
  /** Of the queue's region; it must not take the queue's URL for its endpoint. */
  readonly client: SQSClient
  readonly queue: EventQueue
  /** What is not of a run of this prefix is dropped: the rule should not have forwarded it. */
  readonly prefix: string
  readonly world: Pick<World, "clock" | "log">
}

/** Of one `take`: 500 events, which every other call of the follower waits for. What is left comes with the next tick. */
const MOST_RECEIVES = 50

/** The longest that one request takes, repetitions included; what is not heard meanwhile is listed. */
const LONGEST_MS = 20_000

/** Time-outs and retries of a request are the client's. All may be repeated: a message is received at least once as it is. */
export class SqsJobEvents implements JobEvents {
  readonly #options: SqsJobEventsOptions

  constructor(options: SqsJobEventsOptions) {
    this.#options = options
  }

  async take(): Promise<readonly JobEvent[]> {
    const taken: JobEvent[] = []
    const useless: string[] = []
    for (let received = 0; received < MOST_RECEIVES; received++) {
      const messages = await this.#receive().catch((error: unknown) => {
        // What was received before is not to wait for two minutes.
        if (taken.length === 0) throw error
        return []
      })
      for (const { Body = "", ReceiptHandle: mark = "" } of messages) {
        const told = parseEvent(Body)
        if (told?.job.jobName.startsWith(`${this.#options.prefix}-`) === true) taken.push({ ...told, mark })
        else useless.push(mark)
      }
      if (messages.length === 0) break
    }
    if (useless.length > 0) {
      this.#options.world.log.event("warn", "events.useless", {
        count: useless.length,
        queue: this.#options.queue.name,
      })
      await this.#delete(useless)
    }
    return taken
  }

  done(events: readonly JobEvent[]): Promise<void> {
    return this.#delete(events.map(({ mark }) => mark))
  }

  async #receive() {
    const { queue } = this.#options
    const command = new ReceiveMessageCommand(receiveRequest(queue.url))
    try {
      const { Messages = [] } = await this.#ask((client, abortSignal) => client.send(command, { abortSignal }))
      return Messages
    } catch (error) {
      throw awsError(error, `read events from ${queue.arn}`, { region: queue.region })
    }
  }

  /** Refusals of single receipts are let be: those messages come again. */
  async #delete(receipts: readonly string[]): Promise<void> {
    const { queue, world } = this.#options
    for (const request of deleteRequests(queue.url, receipts)) {
      const command = new DeleteMessageBatchCommand(request)
      try {
        await this.#ask((client, abortSignal) => client.send(command, { abortSignal }))
      } catch (error) {
        world.log.event("warn", "events.kept", { queue: queue.name, error: awsMessage(error) })
        return
      }
    }
  }

  /** Asks, and once more with new credentials where those at hand have expired. */
  async #ask<T>(question: (client: SQSClient, cut: AbortSignal) => Promise<T>): Promise<T> {
    const { client, world } = this.#options
    return within(world.clock, world.clock.now() + LONGEST_MS, null, async (cut) => {
      try {
        return await question(client, cut)
      } catch (error) {
        if (awsFault(error) !== "expired") throw error
        await refreshCredentials(client)
        return question(client, cut)
      }
    })
  }
}
