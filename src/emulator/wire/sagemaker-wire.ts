import { type Asked, type Wire, type WireAnswer, WireError, type WireRequest } from "../exchange.ts"
import { jsonWire } from "./json-wire.ts"

const INVOCATIONS = /^\/endpoints\/([^/]+)\/invocations$/

/** SageMaker's JSON and, under the same signing name, its runtime: `POST /endpoints/<name>/invocations` with any bytes as body. */
export const sagemakerWire: Wire = {
  read: (request) => (request.path.startsWith("/endpoints/") ? invocation(request) : jsonWire.read(request)),
  write(answer, asked, requestId) {
    if (asked.operation !== "InvokeEndpoint") return jsonWire.write(answer, asked, requestId)
    if (answer.ok) return prediction(answer.output, requestId)
    const { name, message, status, members } = answer.fault
    return {
      status,
      headers: { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": name },
      body: JSON.stringify({ Message: message, ...members }),
    }
  },
}

function invocation({ method, path, headers, body }: WireRequest): Asked {
  const [, name] = INVOCATIONS.exec(path) ?? []
  if (method !== "POST" || name === undefined)
    throw new WireError("UnknownOperationException", `${method} ${path} is not modelled`, 404)
  const variant = headers["x-amzn-sagemaker-target-variant"]
  return {
    operation: "InvokeEndpoint",
    input: {
      EndpointName: decodeURIComponent(name),
      Body: body,
      ContentType: headers["content-type"] ?? "",
      Accept: headers["accept"] ?? "",
      ...(variant === undefined ? {} : { TargetVariant: variant }),
    },
  }
}

function prediction(output: Readonly<Record<string, unknown>>, requestId: string): WireAnswer {
  return {
    status: 200,
    headers: {
      "content-type": String(output["ContentType"]),
      "x-amzn-invoked-production-variant": String(output["InvokedProductionVariant"]),
      "x-amzn-requestid": requestId,
    },
    body: String(output["Body"]),
  }
}
