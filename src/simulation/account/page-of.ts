import { Refusal } from "../service-answers.ts"

/** One page of a table that does not change; its token is a place in it. */
export function pageOf<Item>(
  all: readonly Item[],
  token: unknown,
  size: unknown,
  defaultSize: number,
  refusal = "InvalidPaginationTokenException",
): { readonly items: readonly Item[]; readonly next: string | null } {
  const from = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(from) || from < 0 || from > all.length) throw new Refusal(refusal, "The token is not valid.")
  const to = from + (typeof size === "number" ? size : defaultSize)
  return { items: all.slice(from, to), next: to < all.length ? String(to) : null }
}
