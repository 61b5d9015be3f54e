import { matchesGlob } from "./account/seed-of.ts"

/** What a request is for, as rules name it. */
export interface RequestTarget {
  /** Signing name. */
  readonly service: string
  readonly operation: string
  readonly region: string
}

interface Where {
  readonly service?: string | undefined
  readonly operation?: string | undefined
  readonly region?: string | undefined
}

/** Whether a rule is for a request; what it does not name, it does not ask. `*` stands for any letters. */
export function isFor(where: Where, { service, operation, region }: RequestTarget): boolean {
  return (
    matchesGlob(where.service, service) && matchesGlob(where.operation, operation) && matchesGlob(where.region, region)
  )
}
