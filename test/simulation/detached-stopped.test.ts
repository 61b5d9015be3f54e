import { describeBatch } from "./describe-batch.ts"

describeBatch({ follow: "detached", stop: true })
