import type { ObjectRef } from "../core/run/run.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { ObjectStore } from "../ports/object-store.ts"

/** The user's files with one more among them: an object, under its URI, in exactly the bytes that its ref names. */
export function withObject(files: FileSystem, objects: Pick<ObjectStore, "stream">, ref: ObjectRef): FileSystem {
  const isIt = (path: string) => path === ref.uri
  return {
    async readText(path) {
      if (!isIt(path)) return files.readText(path)
      return readTextOf(objects, ref)
    },
    stream: (path) => (isIt(path) ? objects.stream(ref) : files.stream(path)),
    write: (path, text) => files.write(path, text),
    writeStream: (path, body) => files.writeStream(path, body),
    spool: (body) => files.spool(body),
    kind: async (path) => (isIt(path) ? "file" : files.kind(path)),
    list: (folder, enter) => files.list(folder, enter),
    findProgram: (name, path) => files.findProgram(name, path),
  }
}

/** A whole object as text; what is no UTF-8 becomes U+FFFD. */
export async function readTextOf(objects: Pick<ObjectStore, "stream">, ref: ObjectRef): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of objects.stream(ref)) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}
