import type { Lease } from "../../core/decision/owner.ts"
import type { OwnerId } from "../../core/ids.ts"
import { isSame } from "../../core/same.ts"
import type { Seat } from "../../ports/run-table.ts"
import type { SqlSession } from "./sql-database.ts"
import { numberIn, textIn } from "./sql-row.ts"

/** Far below the values that either database takes in one statement. */
const OWNERS_AT_ONCE = 500

export async function renewLease(session: SqlSession, lease: Lease): Promise<void> {
  await session.run(
    `insert into leases (owner, until_at) values (?, ?)
     on conflict (owner) do update set until_at = excluded.until_at where leases.until_at < excluded.until_at`,
    ...[lease.owner, lease.until],
  )
}

export async function readLeases(session: SqlSession, owners: readonly OwnerId[]): Promise<readonly Lease[]> {
  const asked = [...new Set(owners)]
  const leases: Lease[] = []
  for (let i = 0; i < asked.length; i += OWNERS_AT_ONCE) {
    const some = asked.slice(i, i + OWNERS_AT_ONCE)
    const marks = some.map(() => "?").join(", ")
    for (const row of await session.rows(`select owner, until_at from leases where owner in (${marks})`, ...some))
      leases.push({ owner: textIn(row, "owner") as OwnerId, until: numberIn(row, "until_at") })
  }
  return leases
}

export async function readSeat(session: SqlSession, name: string): Promise<Seat | null> {
  const [row] = await session.rows("select name, version, holder, taken_at from seats where name = ?", name)
  if (row === undefined) return null
  return {
    name: textIn(row, "name"),
    version: numberIn(row, "version"),
    holder: textIn(row, "holder"),
    at: numberIn(row, "taken_at"),
  }
}

export async function takeSeat(session: SqlSession, next: Seat): Promise<boolean> {
  const written =
    next.version === 1
      ? await session.run(
          "insert into seats (name, version, holder, taken_at) values (?, ?, ?, ?) on conflict (name) do nothing",
          ...[next.name, next.version, next.holder, next.at],
        )
      : await session.run(
          "update seats set version = ?, holder = ?, taken_at = ? where name = ? and version = ?",
          ...[next.version, next.holder, next.at, next.name, next.version - 1],
        )
  return written === 1 || isSame(await readSeat(session, next.name), next)
}
