import { type Kind, parsed, refused, text } from "../manifest/kind.ts"
import { dnsSuffixOf, looksLikeRegion, partitionOf } from "../manifest/regions.ts"

/** Where services tell of training jobs: a queue of SQS, by all its names. */
export interface EventQueue {
  readonly url: string
  readonly arn: string
  readonly region: string
  readonly account: string
  readonly name: string
}

const FORMS =
  "https://sqs.<region>.amazonaws.com/<account>/<name> or arn:aws:sqs:<region>:<account>:<name>, a standard queue"

const NAME = /^[A-Za-z0-9_-]{1,80}$/

/** `events.queue`. A FIFO queue gets nothing from a rule that does not name message groups, and gives at most 300 batches a second. */
export const eventQueueKind: Kind<string> = {
  ...text({ most: 512 }),
  allowed: FORMS,
  parse: (given) => (eventQueue(given) === null ? refused(`expected ${FORMS}`) : parsed(given)),
}

/** null: the text is neither a queue's URL nor its ARN. */
export function eventQueue(given: string): EventQueue | null {
  const [, arnRegion, arnAccount, arnName] = /^arn:[a-z-]+:sqs:([a-z0-9-]+):(\d{12}):(\S+)$/.exec(given) ?? []
  const [, urlRegion, urlAccount, urlName] =
    /^https?:\/\/sqs\.([a-z0-9-]+)\.[a-z0-9.-]+\/(\d{12})\/(\S+)$/.exec(given) ?? []
  const [region, account, name] = [arnRegion ?? urlRegion, arnAccount ?? urlAccount, arnName ?? urlName]
  if (region === undefined || account === undefined || name === undefined) return null
  if (!looksLikeRegion(region) || !NAME.test(name)) return null
  return {
    url: `https://sqs.${region}.${dnsSuffixOf(region)}/${account}/${name}`,
    arn: `arn:${partitionOf(region)}:sqs:${region}:${account}:${name}`,
    region,
    account,
    name,
  }
}
