// The bytes of a copy in stores that move them through this process.
// It resumes nothing: a copy that was cut short begins anew.
import { RegattaError } from "../../core/errors.ts"
import type { CopyOptions } from "../../ports/object-store.ts"

/** The bytes of a copy as they pass, told as they come. Error `unavailable`: aborted. */
export async function* copiedBytes(
  body: AsyncIterable<Uint8Array>,
  { signal, onBytes }: CopyOptions,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    if (signal.aborted) throw new RegattaError("unavailable", "interrupted: the copy was not finished")
    yield chunk
    bytes += chunk.length
    onBytes?.(bytes)
  }
}
