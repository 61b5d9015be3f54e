/** Something of the queue that was looked at. `mend` says what to do where it is not right. */
export interface QueueFinding {
  readonly what: string
  readonly isRight: boolean
  readonly detail: string
  readonly mend: string | null
}

/** Whether what `batch` of regatta.yaml names is there and would start workers. */
export interface QueueCheck {
  /** Everything that was looked at, in order. Repeatable. Errors: `denied`, `unavailable`, `usage` (no queue is named). */
  look(): Promise<readonly QueueFinding[]>
}
