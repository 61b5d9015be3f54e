// Notices to a topic of SNS, in the topic's own region.
// It makes no topic and subscribes nobody.
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns"
import { RegattaError } from "../../../core/errors.ts"
import type { Notice, TopicTarget } from "../../../core/notice/notice.ts"
import type { NoticeChannel } from "../../../ports/notice-channel.ts"
import { awsError } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { publishRequest, topicRegion } from "./request.ts"

export class SnsTopic implements NoticeChannel<TopicTarget> {
  readonly #clients: ByRegion<SNSClient>

  /** Clients that send once: what is tried again is decided by whoever sends, and a lost answer makes a second message. */
  constructor(clients: ByRegion<SNSClient>) {
    this.#clients = clients
  }

  async send(target: TopicTarget, notice: Notice, abortSignal: AbortSignal): Promise<void> {
    const region = topicRegion(target.topic)
    if (region === null) throw new RegattaError("usage", `"${target.topic}" is no ARN of a topic`)
    try {
      await this.#clients.in(region).send(new PublishCommand(publishRequest(target, notice)), { abortSignal })
    } catch (error) {
      throw awsError(error, `publish to ${target.topic}`, { region })
    }
  }
}
