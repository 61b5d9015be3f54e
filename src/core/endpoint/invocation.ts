/** What is sent to an endpoint: one request of the container contract's `/invocations`. */
export interface Invocation {
  /** null: the endpoint chooses by weight. */
  readonly variant: string | null
  readonly contentType: string
  /** Media type of the answer; null: the container's default. */
  readonly accept: string | null
  readonly body: Uint8Array
}

/** The container's answer, as it came. */
export interface Prediction {
  /** Which variant answered; null: the service does not say. */
  readonly variant: string | null
  readonly contentType: string | null
  readonly body: Uint8Array
}
