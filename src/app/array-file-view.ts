import type { ObjectRef } from "../core/run/run.ts"
import type { FileSystem } from "../ports/file-system.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import { textOf, withFile } from "./with-file.ts"

/** The user's files with one more among them: an object, under its URI, in exactly the bytes that its ref names. */
export function withObject(files: FileSystem, objects: Pick<ObjectStore, "stream">, ref: ObjectRef): FileSystem {
  return withFile(files, ref.uri, () => objects.stream(ref))
}

/** The user's files with one more among them: a text of ours under a path that no file has. */
export function withText(files: FileSystem, path: string, text: string): FileSystem {
  async function* bytes() {
    yield new TextEncoder().encode(text)
  }
  return withFile(files, path, bytes)
}

/** A whole object as text; what is no UTF-8 becomes U+FFFD. */
export function readTextOf(objects: Pick<ObjectStore, "stream">, ref: ObjectRef): Promise<string> {
  return textOf(objects.stream(ref))
}
