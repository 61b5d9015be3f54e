/** Ratios nearer to 1 than this are called equal: one training job's time, or a request's, varies by more. */
const ALIKE = 0.05

export function isAlike(ratio: number): boolean {
  return Math.abs(ratio - 1) < ALIKE
}

/** `about twice`, `1.3 times`. */
export function times(ratio: number): string {
  if (Math.abs(ratio - 2) < 2 * ALIKE) return ratio === 2 ? "twice" : "about twice"
  return `${Number(ratio.toPrecision(2))} times`
}

export function secondsText(seconds: number): string {
  return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`
}

export function numberText(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
}

export function usdText(usd: number): string {
  return usd > 0 && usd < 0.01 ? "<$0.01" : `$${usd.toFixed(2)}`
}
