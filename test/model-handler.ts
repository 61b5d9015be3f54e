import type { ServiceAnswer, ServiceModel } from "../src/simulation/service-model.ts"

const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What became of one request before the client hears of it; `lost` requests have no effect, `answerLost` ones have. */
export type OnTheWay = (operation: string) => "passes" | "lost" | "answerLost"

/**
 * Options for a client of the SDK (of a service that speaks JSON) that is answered by a model in this process: the client's
 * own marshalling, signing and retries, and no socket.
 */
export function answeredBy(model: ServiceModel, now: () => number, onTheWay: OnTheWay = () => "passes") {
  return {
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    requestHandler: {
      async handle(request: HttpRequest) {
        const operation = (request.headers["x-amz-target"] ?? "").split(".").at(-1) ?? ""
        const [, region = "us-east-1"] =
          /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers["authorization"] ?? "") ?? []
        const input = JSON.parse(textOf(request.body)) as Record<string, unknown>
        const fate = onTheWay(operation)
        if (fate === "lost") throw brokenConnection()
        const answer = model.handle({ region, operation, input, caller: CALLER }, now())
        if (fate === "answerLost") throw brokenConnection()
        return { response: responseOf(answer) }
      },
      destroy() {},
      metadata: { handlerProtocol: "http/1.1" },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  }
}

function responseOf(answer: ServiceAnswer) {
  const body = answer.ok
    ? answer.output
    : { __type: answer.fault.name, message: answer.fault.message, ...answer.fault.members }
  return {
    statusCode: answer.ok ? 200 : answer.fault.status,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: new TextEncoder().encode(JSON.stringify(body)),
  }
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : "{}"
}

function brokenConnection(): Error {
  return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
}
