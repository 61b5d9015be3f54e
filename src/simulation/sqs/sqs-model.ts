// SQS in all regions of one account: standard queues, what is sent to them, received and deleted.
// It knows no FIFO queue, no dead-letter queue and no policy, and holds no long poll open: that is the server's.
import { createHash } from "node:crypto"
import type { Instant } from "../../core/ids.ts"
import { dnsSuffixOf } from "../../core/manifest/regions.ts"
import { Chance } from "../chance.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { ModelledQueue } from "./modelled-queue.ts"
import { SQS_SHAPES } from "./sqs-shapes.ts"

type Output = Readonly<Record<string, unknown>>

/** Of a queue that says nothing else (source: SQS Developer Guide, visibility timeout). */
const HIDDEN_SECONDS = 30
const MOST_ENTRIES = 10

export class SqsModel implements ServiceModel {
  readonly #account: string
  readonly #seed: number
  readonly #queues = new Map<string, ModelledQueue>()

  constructor(account: string, seed: number) {
    this.#account = account
    this.#seed = seed
  }

  /** Makes the queue where there is none. */
  queue(region: string, name: string): ModelledQueue {
    const key = `${region}/${name}`
    const queue = this.#queues.get(key) ?? new ModelledQueue(new Chance(this.#seed + 7_000_003 + this.#queues.size))
    this.#queues.set(key, queue)
    return queue
  }

  handle({ region, operation, input }: ServiceRequest, now: Instant): ServiceAnswer {
    return answered(() => {
      const shape = SQS_SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input, "InvalidParameterValue")
      return this.#operation(region, operation, input, now)
    })
  }

  #operation(region: string, operation: string, input: Output, now: Instant): Output {
    if (operation === "CreateQueue") return this.#create(region, String(input["QueueName"]))
    if (operation === "GetQueueUrl") {
      this.#named(region, String(input["QueueName"]))
      return { QueueUrl: this.#url(region, String(input["QueueName"])) }
    }
    const queue = this.#named(region, String(input["QueueUrl"]).split("/").at(-1) ?? "")
    switch (operation) {
      case "SendMessage":
        return send(queue, input, now)
      case "ReceiveMessage":
        return receive(queue, input, now)
      case "DeleteMessage":
        if (!queue.delete(String(input["ReceiptHandle"]))) throw invalidReceipt()
        return {}
      case "DeleteMessageBatch":
        return deleteBatch(queue, input)
      case "GetQueueAttributes": {
        const { visible, hidden } = queue.counts(now)
        const counts = { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden }
        return { Attributes: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])) }
      }
      default:
        throw unknownOperation(operation)
    }
  }

  #create(region: string, name: string): Output {
    if (!/^[A-Za-z0-9_-]+$/.test(name))
      throw new Refusal("InvalidParameterValue", "the emulator makes standard queues only: letters, digits, _ and -")
    this.queue(region, name)
    return { QueueUrl: this.#url(region, name) }
  }

  #named(region: string, name: string): ModelledQueue {
    const queue = this.#queues.get(`${region}/${name}`)
    if (queue === undefined) throw new Refusal("QueueDoesNotExist", "The specified queue does not exist.")
    return queue
  }

  #url(region: string, name: string): string {
    return `https://sqs.${region}.${dnsSuffixOf(region)}/${this.#account}/${name}`
  }
}

function send(queue: ModelledQueue, input: Output, now: Instant): Output {
  const body = String(input["MessageBody"])
  const MessageId = queue.put(() => body, now + Number(input["DelaySeconds"] ?? 0) * 1000)
  return { MessageId, MD5OfMessageBody: md5(body) }
}

function receive(queue: ModelledQueue, input: Output, now: Instant): Output {
  const most = Number(input["MaxNumberOfMessages"] ?? 1)
  const hiddenMs = Number(input["VisibilityTimeout"] ?? HIDDEN_SECONDS) * 1000
  const received = queue.receive(most, hiddenMs, now)
  if (received.length === 0) return {}
  return {
    Messages: received.map(({ id, receipt, body }) => ({
      MessageId: id,
      ReceiptHandle: receipt,
      Body: body,
      MD5OfBody: md5(body),
    })),
  }
}

/** Each entry has an outcome of its own; the batch itself is refused only for its form. */
function deleteBatch(queue: ModelledQueue, input: Output): Output {
  const entries = input["Entries"] as readonly { readonly Id: string; readonly ReceiptHandle?: string }[]
  if (entries.length === 0)
    throw new Refusal(
      "EmptyBatchRequest",
      "There should be at least one DeleteMessageBatchRequestEntry in the request.",
    )
  if (entries.length > MOST_ENTRIES)
    throw new Refusal(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
    )
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new Refusal("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
  const isDeleted = entries.map(({ ReceiptHandle = "" }) => queue.delete(ReceiptHandle))
  const { name, message } = invalidReceipt().fault
  return {
    Successful: entries.filter((_, at) => isDeleted[at] === true).map(({ Id }) => ({ Id })),
    Failed: entries
      .filter((_, at) => isDeleted[at] !== true)
      .map(({ Id }) => ({ Id, Code: name, Message: message, SenderFault: true })),
  }
}

function invalidReceipt(): Refusal {
  return new Refusal("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex")
}
