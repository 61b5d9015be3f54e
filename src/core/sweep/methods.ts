/** Methods that choose all points at once. */
export const METHODS = ["grid", "random", "sobol", "latin-hypercube"] as const
/** Methods that choose by the results of the rows before. */
export const SEARCH_METHODS = ["asha", "tpe"] as const
export const ALL_METHODS = [...METHODS, ...SEARCH_METHODS] as const

export type SearchMethod = (typeof SEARCH_METHODS)[number]
export type Method = (typeof ALL_METHODS)[number]

export function isSearchMethod(method: Method | null): method is SearchMethod {
  return method === "asha" || method === "tpe"
}
