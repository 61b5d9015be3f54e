import type { Instant, OwnerId } from "../ids.ts"

/**
 * Who holds a live row. `process` identifies one process for all time (host, process id, start time; system.ts makes it),
 * so that two processes are never the same owner, whatever the queue says of their job.
 */
export type Owner =
  | { readonly kind: "child"; readonly job: string; readonly attempt: number; readonly process: string }
  | { readonly kind: "command"; readonly process: string }
  | { readonly kind: "follower"; readonly process: string }

/** The lease is the owner's: one write a minute however many rows it holds. */
export interface Lease {
  readonly owner: OwnerId
  readonly until: Instant
}

/** `child|<job>|<attempt>|<process>`, `command|<process>`, `follower|<process>`. */
export function ownerId(owner: Owner): OwnerId {
  return (
    owner.kind === "child" ? `child|${owner.job}|${owner.attempt}|${owner.process}` : `${owner.kind}|${owner.process}`
  ) as OwnerId
}

/** Reads an id that `ownerId` made; null for any other text. */
export function parseOwner(id: OwnerId): Owner | null {
  const [kind, ...rest] = id.split("|")
  if (kind === "child" && rest.length === 3) {
    const [job = "", attempt = "", process = ""] = rest
    return { kind, job, attempt: Number(attempt), process }
  }
  if ((kind === "command" || kind === "follower") && rest.length === 1) return { kind, process: rest[0] ?? "" }
  return null
}

/** A later attempt of the same child of the queue takes over its predecessor's rows at once. */
export function succeeds(me: OwnerId, other: OwnerId): boolean {
  const mine = parseOwner(me)
  const theirs = parseOwner(other)
  return mine?.kind === "child" && theirs?.kind === "child" && mine.job === theirs.job && mine.attempt > theirs.attempt
}
