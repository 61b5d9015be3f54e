// TransactWriteItems: every condition is judged before anything is written, and one that fails cancels all.
// A token that comes again within ten minutes is answered as the first time, and nothing is written again.
import type { Instant } from "../../core/ids.ts"
import { DynamoDbFault, invalid } from "./dynamodb-fault.ts"
import { isSameKey, type ModelledTable } from "./modelled-table.ts"
import type { PreparedWrite } from "./prepared-write.ts"

const TOKEN_LIVES_MS = 600_000
const MOST_ITEMS = 100

interface Remembered {
  readonly at: Instant
  readonly request: string
}

/** Tokens of one region. */
export class TransactionTokens {
  readonly #tokens = new Map<string, Remembered>()

  /** True: this very request was carried out. Error: the token belongs to another one. */
  isRepeated(token: string, request: string, now: Instant): boolean {
    const known = this.#tokens.get(token)
    if (known === undefined || now - known.at > TOKEN_LIVES_MS) return false
    if (known.request === request) return true
    throw new DynamoDbFault(
      "IdempotentParameterMismatchException",
      "The client token has been used with different parameters",
    )
  }

  remember(token: string, request: string, now: Instant): void {
    this.#tokens.set(token, { at: now, request })
  }
}

export function transact(writes: readonly PreparedWrite[]): void {
  if (writes.length === 0 || writes.length > MOST_ITEMS)
    throw invalid("Member must have length less than or equal to 100 and greater than or equal to 1")
  refuseTwice(writes)
  const reasons = writes.map((write) => write.refusal())
  if (reasons.some((reason) => reason !== null)) {
    const codes = reasons.map((reason) => reason?.["Code"] ?? "None")
    throw new DynamoDbFault(
      "TransactionCanceledException",
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
      { CancellationReasons: reasons.map((reason) => reason ?? { Code: "None" }) },
    )
  }
  for (const write of writes) write.apply()
}

function refuseTwice(writes: readonly PreparedWrite[]): void {
  const seen = new Map<ModelledTable, PreparedWrite[]>()
  for (const write of writes) {
    const others = seen.get(write.table) ?? []
    if (others.some(({ key }) => isSameKey(key, write.key)))
      throw invalid("Transaction request cannot include multiple operations on one item")
    seen.set(write.table, [...others, write])
  }
}
