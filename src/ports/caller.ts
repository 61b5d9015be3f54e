/** Who calls: in AWS the account and ARN that the credentials belong to; on local the user. */
export interface Caller {
  /** The 12 digits; on local 000000000000 where none is set. */
  readonly account: string
  /** The owner of runs that it makes: an ARN, or the user's name. */
  readonly name: string
}
