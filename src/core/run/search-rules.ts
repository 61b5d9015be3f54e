import { nextRows } from "../search/next-rows.ts"
import { rowsToStop } from "../search/rows-to-stop.ts"
import type { SearchRules } from "./search-round.ts"

/** What decides in every search; tests may decide otherwise. */
export const SEARCH_RULES: SearchRules = { nextRows, rowsToStop }
