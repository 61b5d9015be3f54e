/** Likelihoods of what befalls one request on its way, and of what the service tells too early. */
export interface NetworkOdds {
  /** The connection breaks before the request arrives. */
  readonly lost: number
  /** It arrives, and the connection breaks before the answer. */
  readonly answerLost: number
  /** It is never answered, and never arrives. */
  readonly hang: number
  /** It is never answered, and takes effect up to minutes later: as long as a signature lives. Of requests that change something. */
  readonly late: number
  /** The service fails by itself, before or after it did what was asked. */
  readonly serverError: number
  /** Something new is not shown yet. */
  readonly notYet: number
  /** The session of the sender ends before its time. */
  readonly expired: number
  /** A create meets the name of a stranger's job. */
  readonly foreign: number
  /** No connection at all. */
  readonly isDark: boolean
}

export const NO_NETWORK_FAULTS: NetworkOdds = {
  lost: 0,
  answerLost: 0,
  hang: 0,
  late: 0,
  serverError: 0,
  notYet: 0,
  expired: 0,
  foreign: 0,
  isDark: false,
}
