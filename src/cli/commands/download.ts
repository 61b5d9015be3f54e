import { join, resolve } from "node:path"
import { downloadArtifact, findArtifact } from "../../app/download-artifact.ts"
import { sizeText } from "../../core/amounts.ts"
import { chooseRow } from "../choose-row.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { countOption } from "../options.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { refuseRehearsed } from "../refuse-rehearsed.ts"

interface Download {
  readonly version: 1
  readonly run: string
  readonly index: number
  readonly artifact: string
  readonly folder: string
  /** null: a dry run. */
  readonly files: number | null
  readonly bytes: number | null
}

/** Fetches a row's artifact and unpacks it. */
export async function download(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const maxGb = countOption(options, "max-gb", 1)
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  refuseRehearsed(run)
  const index = await chooseRow(call, session, ports, run)
  const artifact = await findArtifact(ports, run, index)
  const folder = resolve(shell.cwd, options.text("to") ?? join(run.run, `row-${index}`))
  const found = { version: 1 as const, run: run.run, index, artifact: artifact.uri, folder }
  if (options.flag("dry-run")) {
    show(call, format, { ...found, files: null, bytes: null }, `would unpack ${artifact.uri} into ${folder}`)
    return 0
  }
  const unpacker = await session.ports().unpacker()
  const maxBytes = maxGb === null ? null : maxGb * 1024 ** 3
  const unpacked = await withProgress(shell, "fetching", (progress) =>
    downloadArtifact({ ...ports, unpacker }, artifact, folder, maxBytes, (read) =>
      progress.say(`${sizeText(read)} of ${sizeText(artifact.bytes)}`),
    ),
  )
  const said = `row ${index}: ${formatCount(unpacked.files, "file")}, ${sizeText(unpacked.bytes)}, in ${folder}`
  show(call, format, { ...found, ...unpacked }, said)
  return 0
}

function show(call: Call, format: ReturnType<typeof parseFormat>, done: Download, text: string): void {
  print(call.shell, format, {
    document: done,
    rows: [done],
    record: ({ run, index, artifact, folder, files, bytes }) => ({ run, index, artifact, folder, files, bytes }),
    name: ({ folder }) => folder,
    columns: [],
    tableRows: [],
    above: [text],
    empty: "",
  })
}
