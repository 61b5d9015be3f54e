import type { ServiceFault } from "../service-model.ts"

/** Thrown inside the model and answered by it. */
export class DynamoDbFault extends Error {
  readonly fault: ServiceFault

  constructor(name: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.fault = { name, message, status: 400, members }
  }
}

export function invalid(message: string): DynamoDbFault {
  return new DynamoDbFault("ValidationException", message)
}
