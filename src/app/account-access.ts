import type { AccountPorts } from "../ports/account-ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"

/** What `plan` needs to look at an account; without it, nothing is asked and all of it is listed as not checked. */
export interface AccountAccess {
  readonly ports: AccountPorts
  readonly preview: Pick<RequestPreview, "home" | "image">
  /** After each answer, with the questions so far. */
  readonly onAnswer?: (answered: number, asked: number) => void
}
