import { describeBatch } from "./describe-batch.ts"

describeBatch({ follow: "attached", stop: false })
