// `notify` of regatta.yaml: who is told of runs, and of what. It holds names of secrets and no secret.
import * as z from "zod"
import { choice, type Kind, list, parsed, refused, text } from "../manifest/kind.ts"
import { NOTICE_EVENTS, type NotifySettings } from "../notice/notice.ts"
import { isAllowedUrl } from "../notice/webhook-url.ts"
import { HIDDEN, value } from "./schema-value.ts"

const URL_FORM = "an https:// URL without a query, a user's name or a password (http:// only on this machine)"

/** It stands in the table with the run: what holds a token belongs into a variable. */
const webhookUrl: Kind<string> = {
  ...text({ most: 2048 }),
  allowed: URL_FORM,
  parse(given) {
    if (isAllowedUrl(given) && !/[?#]/.test(given)) return parsed(given)
    return refused(`expected ${URL_FORM}; one with a token goes into a variable: url_env`)
  },
}

const variable = text({
  most: 128,
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  allowed: "the name of an environment variable",
})
const path = text({ most: 4096, pattern: /^[^\0]+$/, allowed: "a path" })
const topic = text({
  most: 400,
  pattern: /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/,
  allowed: "the ARN of a topic such as arn:aws:sns:us-east-1:123456789012:runs",
})

const webhook = z
  .strictObject({
    url: value(webhookUrl, "Where notices are posted: https, or this machine.", HIDDEN).optional(),
    url_env: value(
      variable,
      "Variable that holds the URL where the follower runs, in place of url.",
      HIDDEN,
    ).optional(),
    secret_env: value(
      variable,
      "Variable that holds the secret of the signature where the follower runs.",
      HIDDEN,
    ).optional(),
    secret_file: value(path, "File that holds it, in place of secret_env.", HIDDEN).optional(),
  })
  .meta({ description: "HTTP POST of JSON, signed with HMAC-SHA256." })

const sns = z
  .strictObject({ topic: value(topic, "ARN of the topic.") })
  .meta({ description: "A topic of SNS, to which the follower may publish." })

export const notify = z
  .strictObject({
    webhook: webhook.optional(),
    sns: sns.optional(),
    on: z
      .union([z.string(), z.array(z.string())])
      .meta({ description: `What is told: ${NOTICE_EVENTS.join(", ")} (default: all).` })
      .optional(),
  })
  .meta({ description: "Who is told of runs without asking (docs/notify.md)." })
  .transform((given, context): NotifySettings => {
    const refuse = (key: readonly string[], message: string) =>
      context.addIssue({ code: "custom", message, path: [...key], input: given })
    const { webhook: hook, sns: publish } = given
    if (hook === undefined && publish === undefined) refuse([], "expected webhook or sns below it")
    if (hook !== undefined && (hook.url === undefined) === (hook.url_env === undefined))
      refuse(["webhook"], "expected url or url_env")
    if (hook !== undefined && (hook.secret_env === undefined) === (hook.secret_file === undefined))
      refuse(["webhook"], "expected secret_env or secret_file: a notice is signed")
    const texts = given.on === undefined ? NOTICE_EVENTS.join(";") : [given.on].flat().join(";")
    const on = list(choice(NOTICE_EVENTS), 1, NOTICE_EVENTS.length).parse(texts)
    if (!on.ok) refuse(["on"], on.message)
    const {
      url = null,
      url_env: urlEnv = null,
      secret_env: secretEnv = null,
      secret_file: secretFile = null,
    } = hook ?? {}
    return {
      webhook: hook === undefined ? null : { url, urlEnv, secretEnv, secretFile },
      sns: publish ?? null,
      on: on.ok ? [...new Set(on.value)] : [],
    }
  })
