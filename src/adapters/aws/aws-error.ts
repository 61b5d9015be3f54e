// What an error of the AWS SDK means, by its name and status: the services model few of their errors, and `instanceof` tells
// nothing. It decides no retry, and lets no credential or signature through to a message.
import { type ErrorCode, RegattaError } from "../../core/errors.ts"
import { withoutSecrets } from "../../core/without-secrets.ts"

/** `unanswered`: the request may have taken effect. All others: the service answered, and did nothing. */
export type AwsFault =
  | "throttled"
  | "denied"
  | "expired"
  | "notFound"
  | "exists"
  | "conflict"
  | "limit"
  | "invalid"
  | "unanswered"

const NAMES: readonly (readonly [AwsFault, RegExp])[] = [
  // S3 says with a 400 that a request's bytes were too slow to come.
  ["unanswered", /^RequestTimeout/],
  // The SDK's own list (@smithy/core) and what the services call it.
  [
    "throttled",
    /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|BandwidthLimitExceeded|EC2Throttled|LimitExceededException$|PriorRequestNotComplete|ProvisionedThroughputExceeded|SlowDown|TransactionInProgress)/,
  ],
  ["expired", /^(ExpiredToken|RequestExpired|TokenRefreshRequired|CredentialsProviderError|InvalidIdentityToken)/],
  [
    "denied",
    /^(AccessDenied|UnauthorizedOperation|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch|RequestTimeTooSkewed|AuthFailure|MissingAuthenticationToken|NotAuthorized|OptInRequired|Forbidden|AllAccessDisabled)/,
  ],
  ["notFound", /^(ResourceNotFound|NoSuch|NotFound|QueueDoesNotExist|RepositoryNotFound|ImageNotFound)/],
  ["exists", /^(ResourceInUse|ResourceAlreadyExists|EntityAlreadyExists|BucketAlready|TableAlreadyExists)/],
  ["limit", /^ResourceLimitExceeded/],
  [
    "conflict",
    /^(ConditionalCheckFailed|PreconditionFailed|TransactionConflict|TransactionCanceled|Conflict|OperationAborted)/,
  ],
  [
    "invalid",
    /^(ValidationE|ValidationError|InvalidParameter|InvalidRequest|InvalidArgument|MalformedPolicy|Client(Exception|Error))/,
  ],
]

const BY_STATUS: Readonly<Record<number, AwsFault>> = {
  400: "invalid",
  401: "denied",
  403: "denied",
  404: "notFound",
  409: "conflict",
  412: "conflict",
  429: "throttled",
}

/** What became of a call that threw. No answer at all, a broken one and a 5xx are all `unanswered`. */
export function awsFault(error: unknown): AwsFault {
  const name = errorName(error)
  const known = NAMES.find(([, pattern]) => pattern.test(name))
  if (known !== undefined) return known[0]
  const status = statusOf(error)
  return (status === null ? undefined : BY_STATUS[status]) ?? "unanswered"
}

const CODES: Readonly<Record<AwsFault, ErrorCode>> = {
  throttled: "unavailable",
  denied: "denied",
  expired: "denied",
  notFound: "notFound",
  exists: "conflict",
  conflict: "conflict",
  limit: "refused",
  invalid: "invalid",
  unanswered: "unavailable",
}

const HINTS: Partial<Readonly<Record<AwsFault, string>>> = {
  expired: "the credentials have expired or there are none: renew them and run the command again",
}

/** An error of ours for a call that threw. `doing` completes "cannot …": `read s3://…`. `fields` usually has the region. */
export function awsError(
  error: unknown,
  doing: string,
  fields: Readonly<Record<string, string | number>>,
): RegattaError {
  if (error instanceof RegattaError) return error
  const fault = awsFault(error)
  const hint = HINTS[fault]
  return new RegattaError(CODES[fault], `cannot ${doing}: ${awsMessage(error)}`, {
    fields,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** The service's own words with its name for the error, on one line and safe to show. */
export function awsMessage(error: unknown): string {
  const name = errorName(error)
  const status = statusOf(error)
  if (isUnreadable(error) && status !== null)
    return `HTTP ${status} from ${hostOf(error)}, with a body that is not AWS's`
  const text = withoutSecrets(textOf(error)).replaceAll(/\s+/g, " ").trim()
  // The answer to a HEAD has no body: its status is all that it says.
  if (/^(Unknown(Error)?|\d{3})?$/.test(name) && /^(Unknown(Error)?)?$/.test(text) && status !== null)
    return `HTTP ${status} without a word of why`
  if (text === "" || text === name || text === "UnknownError") return name
  return name === "" || name === "Error" || text.startsWith(name) ? text : `${name}: ${text}`
}

export function errorName(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error)
  const { name, Code, code } = error as { readonly name?: unknown; readonly Code?: unknown; readonly code?: unknown }
  // Errors of the network are plain ones with a code such as ECONNRESET.
  const named = [name, Code, code].filter((each): each is string => typeof each === "string" && each !== "")
  const [first = "Error"] = named
  return first === "Error" ? (named[1] ?? first) : first
}

/** The SDK could not read the body (HTML of a proxy, say); its own words are about its parser and tell nothing. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Deserialization error: to see the raw response")
}

/** Who answered, as Node's own response knows its request. */
function hostOf(error: unknown): string {
  const { $response } = error as {
    readonly $response?: { readonly body?: { readonly req?: { readonly host?: unknown } } }
  }
  const host = $response?.body?.req?.host
  return typeof host === "string" && host !== "" ? host : "the service"
}

/** HTTP status of the service's answer; null: there was none. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null) return null
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: unknown } }).$metadata?.httpStatusCode
  return typeof status === "number" ? status : null
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(textOf).join("; ")
  return error instanceof Error ? error.message : String(error)
}
