// The server of a model that a stand-in trained, by SageMaker's contract: /ping, /invocations, /execution-parameters.
// Listens on this machine alone; never claims to be the algorithm's own container.
import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { join } from "node:path"
import { RegattaError } from "../../../../../core/errors.ts"
import { STAND_INS, type StandInName } from "../../../../../core/manifest/stand-ins.ts"
import type { Shell } from "../../../../../ports/world.ts"
import { MODEL_FILE } from "../run-stand-in.ts"
import { type Predictor, readPredictor } from "./predictor.ts"
import { answerType, readRecords, refusalOf, writePredictions } from "./records.ts"

export type ServerHost = Pick<Shell, "env" | "out" | "terminated">

/** As the containers of built-in algorithms. */
const EXECUTION_PARAMETERS = { MaxConcurrentTransforms: 1, BatchStrategy: "MULTI_RECORD", MaxPayloadInMB: 6 }
const DEFAULT_PORT = 8080

/** Serves until the process is told to end; the exit code: 0, or 1 where the model cannot be read. */
export async function serveStandIn(name: string, host: ServerHost): Promise<number> {
  const algorithm = STAND_INS.find((each) => each === name)
  if (algorithm === undefined) {
    throw new RegattaError("usage", `regatta has no stand-in for "${name}"; it has ${STAND_INS.join(", ")}`)
  }
  host.out(`regatta's stand-in for ${name}, not SageMaker's ${name}: it serves what the stand-in trained\n`)
  let predictor: Predictor
  try {
    predictor = readPredictor(readFileSync(join(host.env["SM_MODEL_DIR"] ?? "/opt/ml/model", MODEL_FILE), "utf8"))
  } catch (error) {
    host.out(`error: cannot read the model: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
  const isBatch = host.env["SAGEMAKER_BATCH"] === "true"
  const server = createServer((request, response) => {
    answer(algorithm, predictor, isBatch, request, response).catch((error: unknown) => {
      host.out(`error: ${error instanceof Error ? error.stack : String(error)}\n`)
      response.writeHead(500).end("the stand-in broke")
    })
  })
  await listen(server, Number(host.env["SAGEMAKER_BIND_TO_PORT"] ?? DEFAULT_PORT))
  await terminated(host.terminated)
  server.closeAllConnections()
  server.close()
  return 0
}

async function answer(
  name: StandInName,
  predictor: Predictor,
  isBatch: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = `${request.method} ${request.url}`
  if (asked === "GET /ping") return void response.writeHead(200).end()
  if (asked === "GET /execution-parameters") {
    return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(EXECUTION_PARAMETERS))
  }
  if (asked !== "POST /invocations") return void response.writeHead(404).end()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    const type = answerType(name, request.headers.accept)
    const body = Buffer.concat(chunks).toString("utf8")
    const records = readRecords(name, request.headers["content-type"], body, predictor.features)
    const predictions = records.map((record) => predictor.predict(record))
    response.writeHead(200, { "content-type": type }).end(writePredictions(type, predictions, isBatch))
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    response.writeHead(refusal.status, { "content-type": "text/plain" }).end(refusal.message)
  }
}

const JSON_TYPE = { "content-type": "application/json" }

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
}

function terminated(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}
