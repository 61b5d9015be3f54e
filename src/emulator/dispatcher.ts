// From a request to an answer: which service and region it is for, what is to go wrong with it, and what the model says.
// It models nothing itself and checks no signature.
import { setTimeout as delay } from "node:timers/promises"
import type { ServiceAnswer } from "../simulation/service-model.ts"
import type { Throttles } from "../simulation/throttles.ts"
import { throttleOf } from "../simulation/usual-faults.ts"
import type { EmulatedAccount } from "./emulated-account.ts"
import { type Asked, type Wire, type WireAnswer, WireError, type WireRequest } from "./exchange.ts"
import type { FaultPlan, Faults } from "./faults.ts"
import type { Reply } from "./http-server.ts"
import { holdOpen } from "./long-poll.ts"
import type { ModelClock } from "./model-clock.ts"
import type { RequestCounts } from "./request-counts.ts"
import { type SignatureScope, signatureScope } from "./signature-scope.ts"
import { WIRES } from "./wires.ts"

/** Sends a request of a service to somebody else; null: it is modelled here. */
export type Forward = (service: string, request: WireRequest) => Promise<WireAnswer> | null

export interface DispatcherOptions {
  readonly account: Pick<EmulatedAccount, "handle" | "caller" | "due" | "advance">
  readonly clock: ModelClock
  readonly faults: Faults
  readonly throttles: Throttles
  readonly counts: RequestCounts
  readonly forward: Forward
  /** Called after each request that a model answered: what is due may have changed. */
  readonly changed: () => void
}

export class Dispatcher {
  readonly #options: DispatcherOptions
  #requests = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  async answer(request: WireRequest): Promise<Reply> {
    this.#requests += 1
    const requestId = `00000000-0000-4000-8000-${String(this.#requests).padStart(12, "0")}`
    const scope = signatureScope(request)
    if (scope === null) return unsigned(request, requestId)
    const wire = WIRES[scope.service]
    if (wire === undefined) return unknownService(scope.service, requestId)
    let asked: Asked
    try {
      asked = wire.read(request)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return wire.write(refusal(error.code, error.message, error.status), { operation: "", input: {} }, requestId)
    }
    return this.#answerAsked(request, scope, wire, asked, requestId)
  }

  async #answerAsked(
    request: WireRequest,
    scope: SignatureScope,
    wire: Wire,
    asked: Asked,
    requestId: string,
  ): Promise<Reply> {
    const { faults, clock, counts } = this.#options
    const { service, region } = scope
    counts.count(service, asked.operation, region)
    const plan = faults.plan({ service, operation: asked.operation, region }, clock.now())
    if (plan.latencyMs > 0) await delay(plan.latencyMs, undefined, { ref: false })
    if (plan.hangs) return "hang"
    if (plan.cut === "before") return "cut"
    const answer = await this.#answerPlanned(request, scope, wire, asked, requestId, plan)
    return plan.cut === "after" ? "cut" : answer
  }

  async #answerPlanned(
    request: WireRequest,
    { service, region, accessKey }: SignatureScope,
    wire: Wire,
    asked: Asked,
    requestId: string,
    plan: FaultPlan,
  ): Promise<WireAnswer> {
    const { throttles } = this.#options
    const isTooFast = throttles.isTooFast({ service, operation: asked.operation, region }, this.#options.clock.now())
    const refused = plan.refuse ?? (isTooFast ? throttleOf(service) : null)
    if (refused !== null) return wire.write({ ok: false, fault: refused }, asked, requestId)
    const forwarded = this.#options.forward(service, request)
    if (forwarded !== null) return forwarded
    const { account, clock, changed } = this.#options
    const caller = account.caller(accessKey)
    const answer = await holdOpen(asked, clock, () => {
      const now = clock.now()
      account.advance(now)
      return account.handle(service, { ...asked, region, caller }, now)
    })
    if (answer === null) return unknownService(service, requestId)
    changed()
    return wire.write(answer, asked, requestId)
  }
}

/** A denial looks as the service's protocol has it: XML only where the request can be nothing but S3's or a form. */
function unsigned(request: WireRequest, requestId: string): WireAnswer {
  const isJson = request.headers["x-amz-target"] !== undefined || request.path.startsWith("/v1/")
  const [name, message] = ["MissingAuthenticationTokenException", "Missing Authentication Token"]
  if (isJson) return jsonRefusal(name, message, 403, requestId)
  const wire = WIRES["s3"]
  if (wire === undefined) return jsonRefusal(name, message, 403, requestId)
  return wire.write(refusal("AccessDenied", "Access Denied", 403), { operation: "", input: {} }, requestId)
}

function unknownService(service: string, requestId: string): WireAnswer {
  const message = `the emulator has no service "${service}"${service === "dynamodb" ? ": start it with --dynamodb and the URL of a DynamoDB Local" : ""}`
  return jsonRefusal("UnknownOperationException", message, 404, requestId)
}

function jsonRefusal(name: string, message: string, status: number, requestId: string): WireAnswer {
  return {
    status,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-requestid": requestId,
      "x-amzn-errortype": name,
    },
    body: JSON.stringify({ __type: name, message }),
  }
}

function refusal(name: string, message: string, status: number): ServiceAnswer {
  return { ok: false, fault: { name, message, status } }
}
