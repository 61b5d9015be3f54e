export const METHODS = ["grid", "random", "sobol", "latin-hypercube"] as const
export type Method = (typeof METHODS)[number]
