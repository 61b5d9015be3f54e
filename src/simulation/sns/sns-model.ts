// SNS in all regions of one account, as far as publishing goes: every topic is there, and keeps what it was told.
// It delivers to nobody, and knows no subscription, no FIFO order and no filter.
import type { Instant } from "../../core/ids.ts"
import { structure, text } from "../request-shape.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"

export interface PublishedMessage {
  readonly region: string
  readonly topic: string
  readonly subject: string | null
  readonly message: string
  readonly at: Instant
}

/** Limits of Publish (source: SNS API Reference): 256 KB in all, a subject of 1 to 100 characters. */
const PUBLISH = structure(
  { TopicArn: text(), Message: text({ least: 1, most: 262_144 }), Subject: text({ least: 1, most: 100 }) },
  "TopicArn",
  "Message",
)

export class SnsModel implements ServiceModel {
  readonly #account: string
  readonly #messages: PublishedMessage[] = []

  constructor(account: string) {
    this.#account = account
  }

  /** Everything that was published, oldest first. */
  get messages(): readonly PublishedMessage[] {
    return this.#messages
  }

  handle({ operation, region, input }: ServiceRequest, now: Instant): ServiceAnswer {
    return answered(() => {
      if (operation !== "Publish") throw unknownOperation(operation)
      const { TopicArn: topic, Message: message, Subject: subject } = input
      checkShape(
        PUBLISH,
        { TopicArn: topic, Message: message, ...(subject === undefined ? {} : { Subject: subject }) },
        "InvalidParameter",
      )
      const [, , service, where, owner] = String(topic).split(":")
      if (service !== "sns" || where !== region)
        throw new Refusal(
          "InvalidParameter",
          "Invalid parameter: TopicArn Reason: An ARN must have the region of the request",
        )
      if (owner !== this.#account) throw new Refusal("NotFound", "Topic does not exist", 404)
      const shown = subject === undefined ? null : String(subject)
      this.#messages.push({ region, topic: String(topic), subject: shown, message: String(message), at: now })
      return { MessageId: `00000000-0000-4000-8000-${String(this.#messages.length).padStart(12, "0")}` }
    })
  }
}
