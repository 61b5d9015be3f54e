/** What an endpoint does by itself; durations in seconds. */
export interface EndpointCourse {
  /** Until it is in service or failed; of one whose containers never answer, until the service gives it up. */
  readonly creatingSeconds: number
  readonly deletingSeconds: number
  /** `never`: it fails as `failed` does, but late. */
  readonly end: "in_service" | "failed" | "never"
  /** FailureReason of one that fails. */
  readonly reason: string
}

export const USUAL_COURSE: EndpointCourse = {
  creatingSeconds: 3,
  deletingSeconds: 1,
  end: "in_service",
  reason:
    "The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.",
}

/** What the modelled container answers to every record, where no rule says otherwise: it computes nothing. */
export const STAND_IN_PREDICTION = "0.5"

/** When the service gives up an endpoint whose containers never answer. */
export const GIVEN_UP_SECONDS = 1800
