// What this machine and its Node are. It changes nothing: whether a folder is writable is asked, not tried.
// A disk that is full is not seen by that; the write itself will tell.
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { dirname } from "node:path"
import type { MachineBook } from "../../../ports/machine-book.ts"
import { nodeVersion } from "../../process/node-version.ts"

export class NodeMachine implements MachineBook {
  readonly node = nodeVersion()

  async isWritable(folder: string): Promise<boolean> {
    for (let at = folder; ; at = dirname(at)) {
      const kind = await stat(at).then(
        (found) => (found.isDirectory() ? "folder" : "file"),
        () => null,
      )
      if (kind === "file") return false
      if (kind === "folder") {
        return access(at, constants.W_OK | constants.X_OK).then(
          () => true,
          () => false,
        )
      }
      if (dirname(at) === at) return false
    }
  }
}
