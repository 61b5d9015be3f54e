import { ByRegion, clientOptions } from "../adapters/aws/client-options.ts"
import type { NoticeChannels } from "../ports/notice-channel.ts"
import type { Shell } from "../ports/world.ts"

/** A webhook, and topics of SNS; the client of SNS is read when a run names a topic. */
export async function openNotices(
  { env, clock }: Pick<Shell, "env" | "clock">,
  clients: { destroy(): void }[],
): Promise<NoticeChannels> {
  const { HttpWebhook } = await import("../adapters/notice-channel/webhook/http-webhook.ts")
  let topics: Promise<NoticeChannels["sns"]> | null = null
  const openTopics = async () => {
    const { SNSClient } = await import("@aws-sdk/client-sns")
    const { SnsTopic } = await import("../adapters/notice-channel/sns/sns-topic.ts")
    const byRegion = new ByRegion((region) => new SNSClient(clientOptions(region, 1)))
    clients.push(byRegion)
    return new SnsTopic(byRegion)
  }
  return {
    webhook: new HttpWebhook({ env, clock }),
    sns: {
      async send(target, notice, signal) {
        topics ??= openTopics()
        await (await topics).send(target, notice, signal)
      },
    },
  }
}
