import { type Input, optionalRecord, records, requiredText, text, wholeNumber } from "./input.ts"
import { BatchRefusal } from "./refusal.ts"

export interface RetryStrategy {
  /** 1 to 10. */
  readonly attempts: number
  readonly evaluateOnExit: readonly ExitRule[]
}

export interface ExitRule {
  readonly onStatusReason?: string
  readonly onReason?: string
  readonly onExitCode?: string
  readonly action: "RETRY" | "EXIT"
}

/** How one attempt ended, as the rules see it. */
export interface AttemptEnd {
  readonly exitCode: number | null
  readonly reason: string
  readonly statusReason: string
}

const MOST_RULES = 5
/** Letters, digits, dots, colons and white space, with an asterisk only at the end; exit codes: digits alone [Batch, EvaluateOnExit]. */
const PATTERN = /^[A-Za-z0-9.:\s]{0,511}\*?$/
const EXIT_PATTERN = /^\d{0,511}\*?$/

/** undefined: none was given. */
export function readRetryStrategy(input: Input): RetryStrategy | undefined {
  const given = optionalRecord(input, "retryStrategy")
  if (given === undefined) return undefined
  const rules = records(given, "evaluateOnExit")
  const attempts = wholeNumber(given, "attempts", 1, 10)
  if (rules.length > 0 && attempts === undefined) {
    throw new BatchRefusal("Error executing request, Exception : attempts must be specified with evaluateOnExit")
  }
  if (rules.length > MOST_RULES) {
    throw new BatchRefusal("Error executing request, Exception : evaluateOnExit can have at most 5 entries")
  }
  return { attempts: attempts ?? 1, evaluateOnExit: rules.map(readRule) }
}

function readRule(rule: Input): ExitRule {
  const action = requiredText(rule, "action").toUpperCase()
  if (action !== "RETRY" && action !== "EXIT") {
    throw new BatchRefusal(
      `Error executing request, Exception : evaluateOnExit action must be RETRY or EXIT, got ${action}`,
    )
  }
  const onStatusReason = pattern(rule, "onStatusReason", PATTERN)
  const onReason = pattern(rule, "onReason", PATTERN)
  const onExitCode = pattern(rule, "onExitCode", EXIT_PATTERN)
  if ((onStatusReason ?? onReason ?? onExitCode) === undefined) {
    throw new BatchRefusal("Error executing request, Exception : evaluateOnExit needs at least one condition")
  }
  return {
    ...(onStatusReason === undefined ? {} : { onStatusReason }),
    ...(onReason === undefined ? {} : { onReason }),
    ...(onExitCode === undefined ? {} : { onExitCode }),
    action,
  }
}

function pattern(rule: Input, name: string, allowed: RegExp): string | undefined {
  const value = text(rule, name)
  if (value === undefined || (value !== "" && allowed.test(value))) return value
  throw new BatchRefusal(`Error executing request, Exception : evaluateOnExit ${name} is not a valid pattern: ${value}`)
}

/** Whether a failed attempt is followed by another: the first rule that matches decides, and no rule means again. */
export function isRetried(strategy: RetryStrategy, attempt: number, end: AttemptEnd): boolean {
  if (attempt >= strategy.attempts) return false
  const rule = strategy.evaluateOnExit.find((each) => matches(each, end))
  return rule === undefined || rule.action === "RETRY"
}

/** All conditions of a rule must hold. */
function matches(rule: ExitRule, end: AttemptEnd): boolean {
  return (
    isLike(end.statusReason, rule.onStatusReason) &&
    isLike(end.reason, rule.onReason) &&
    isLike(end.exitCode === null ? "" : String(end.exitCode), rule.onExitCode)
  )
}

function isLike(value: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  return wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted
}
