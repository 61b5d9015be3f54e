import { InvokeEndpointCommand, type SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime"
import type { Invocation, Prediction } from "../../../core/endpoint/invocation.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsError, awsMessage, errorName } from "../../aws/aws-error.ts"
import { within } from "../../aws/within.ts"
import { invokeRequest } from "./request.ts"

/** A container may take 60 seconds for an answer (source: InvokeEndpoint, API reference). */
export const LONGEST_ANSWER_MS = 70_000
/** Most bytes of a request (source: InvokeEndpoint, Body). */
const MOST_BYTES = 6_291_456

/** As `EndpointService.invoke`. The client must send each request once. */
export async function invokeEndpoint(
  client: SageMakerRuntimeClient,
  { region, name }: { readonly region: string; readonly name: string },
  call: Invocation,
  clock: Clock,
): Promise<Prediction> {
  const what = `get predictions of the endpoint ${name} in ${region}`
  if (call.body.length > MOST_BYTES) {
    throw new RegattaError("invalid", `cannot ${what}: ${call.body.length} bytes are more than ${MOST_BYTES} at once`, {
      hint: "send fewer records in one request, or use `regatta transform`",
      fields: { region },
    })
  }
  const command = new InvokeEndpointCommand(invokeRequest(name, call))
  try {
    const until = clock.now() + LONGEST_ANSWER_MS
    const answer = await within(clock, until, null, (abortSignal) => client.send(command, { abortSignal }))
    return {
      variant: answer.InvokedProductionVariant ?? null,
      contentType: answer.ContentType ?? null,
      body: answer.Body ?? new Uint8Array(),
    }
  } catch (error) {
    throw invocationError(error, what, region)
  }
}

function invocationError(error: unknown, what: string, region: string): RegattaError {
  const message = `cannot ${what}: ${awsMessage(error)}`
  if (errorName(error) === "ModelError") {
    const { OriginalStatusCode: status = 500 } = error as { readonly OriginalStatusCode?: number }
    return new RegattaError(status >= 400 && status < 500 ? "invalid" : "unavailable", message, { fields: { region } })
  }
  // The runtime has one name for all that is wrong with a request; an endpoint that is not in service is one of these.
  if (/not found|does not exist|could not find|not in service/i.test(awsMessage(error))) {
    return new RegattaError("notFound", message, { fields: { region } })
  }
  return awsError(error, what, { region })
}
