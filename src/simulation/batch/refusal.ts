import type { ServiceFault } from "../service-model.ts"

/** A `ClientException`, the one error that Batch has for what its callers do wrong; thrown inside the model and answered by it. */
export class BatchRefusal extends Error {
  readonly fault: ServiceFault

  constructor(message: string) {
    super(message)
    this.fault = { name: "ClientException", message, status: 400 }
  }
}
