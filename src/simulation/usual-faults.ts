import type { ServiceFault } from "./service-model.ts"

/** Each service has its own name for it; all of them are in the SDK's list of what is tried again. */
export function throttleOf(service: string): ServiceFault {
  switch (service) {
    case "s3":
      return { name: "SlowDown", message: "Please reduce your request rate.", status: 503 }
    case "batch":
    case "servicequotas":
      return { name: "TooManyRequestsException", message: "Too Many Requests", status: 429 }
    case "sts":
    case "iam":
      return { name: "Throttling", message: "Rate exceeded", status: 400 }
    default:
      return { name: "ThrottlingException", message: "Rate exceeded", status: 400 }
  }
}

/** An error of the service's own: the request may have taken effect. */
export function errorOf(service: string): ServiceFault {
  const message = "We encountered an internal error. Please try again."
  if (service === "s3") return { name: "InternalError", message, status: 500 }
  if (service === "batch") return { name: "ServerException", message, status: 500 }
  return { name: "InternalFailure", message, status: 500 }
}
