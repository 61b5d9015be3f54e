/** An error as the SDK throws it: named by the service, with the status of its answer. */
export function awsFailure(
  name: string,
  status: number | null,
  message = name,
  headers: Readonly<Record<string, string>> = {},
): Error {
  const error = Object.assign(new Error(message), {
    $metadata: status === null ? {} : { httpStatusCode: status },
    $response: { headers },
  })
  error.name = name
  return error
}

/** No answer came: a connection that broke, as Node says it. */
export function lostAnswer(): Error {
  return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
}
