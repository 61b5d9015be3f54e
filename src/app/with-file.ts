import type { FileSystem } from "../ports/file-system.ts"

/** The user's files with one more among them, which is read under this path as often as wanted; what lies there otherwise is not seen. */
export function withFile(files: FileSystem, path: string, stream: () => AsyncIterable<Uint8Array>): FileSystem {
  const isIt = (asked: string) => asked === path
  return {
    readText: (asked) => (isIt(asked) ? textOf(stream()) : files.readText(asked)),
    stream: (asked) => (isIt(asked) ? stream() : files.stream(asked)),
    write: (asked, text) => files.write(asked, text),
    writeStream: (asked, body) => files.writeStream(asked, body),
    keep: (body) => files.keep(body),
    kind: async (asked) => (isIt(asked) ? "file" : files.kind(asked)),
    list: (folder, enter) => files.list(folder, enter),
    findProgram: (name, folders) => files.findProgram(name, folders),
  }
}

/** Chunks as text; what is no UTF-8 becomes U+FFFD. */
export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}
