import type { Instant } from "../core/ids.ts"
import type { ModelledCaller, ServiceAnswer, ServiceRequest } from "../simulation/service-model.ts"

/** The modelled services as the server sees them. */
export interface EmulatedAccount {
  /** null: no such service is modelled. */
  handle(service: string, request: ServiceRequest, now: Instant): ServiceAnswer | null
  caller(accessKey: string): ModelledCaller
  due(): Instant | null
  /** Brings everything up to `now`, and starts and ends outside what that asks for. */
  advance(now: Instant): void
}
