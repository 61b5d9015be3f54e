import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"
import { FolderStore } from "../../../src/adapters/object-store/folder/folder-store.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { S3Store } from "../../../src/adapters/object-store/s3/s3-store.ts"
import { parseS3Uri } from "../../../src/adapters/object-store/s3/s3-uri.ts"
import { aWorld } from "../../builders.ts"
import { ModelledS3 } from "../../fakes/modelled-s3.ts"
import { objectStoreContract } from "./suite.ts"

const MIB = 1024 * 1024
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

objectStoreContract("memory", async () => {
  const store = new MemoryStore()
  return {
    store,
    overwrite: async (uri, content) => store.overwrite(uri, Buffer.from(content)),
    remove: (uri) => store.remove([uri]),
  }
})

objectStoreContract("folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "regatta-store-"))
  folders.push(folder)
  return {
    store: new FolderStore(folder),
    async overwrite(uri, content) {
      await mkdir(dirname(fileURLToPath(uri)), { recursive: true })
      await writeFile(fileURLToPath(uri), content)
    },
    remove: (uri) => rm(fileURLToPath(uri)),
  }
})

objectStoreContract("s3, its service modelled", async () => {
  const s3 = new ModelledS3()
  const { clients, account } = s3
  const { clock } = aWorld()
  return {
    store: new S3Store({
      clients,
      account,
      prefix: "rg",
      codeLocation: null,
      createBuckets: true,
      home: "eu-west-1",
      clock,
      copyLimits: { wholeBytes: 6 * MIB, partBytes: 5 * MIB },
    }),
    partBytes: 5 * MIB,
    async overwrite(uri, content) {
      const { bucket, key } = parseS3Uri(uri)
      s3.model.put(bucket, key, Buffer.from(content), 0)
    },
    async remove(uri) {
      const { bucket, key } = parseS3Uri(uri)
      const caller = { account, arn: "arn:aws:iam::111122223333:user/somebody" }
      const region = s3.model.bucketRegion(bucket) ?? ""
      s3.model.handle({ region, operation: "DeleteObject", input: { Bucket: bucket, Key: key }, caller }, 0)
    },
  }
})
