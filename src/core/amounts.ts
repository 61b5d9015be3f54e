const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const

/** `$1,234`, `$2.33`, `less than a cent`: for sentences about what is saved or paid. */
export function usdText(usd: number): string {
  if (usd > 0 && usd < 0.005) return "less than a cent"
  const digits = usd >= 100 ? 0 : 2
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/\.00$/, "")}`
}

/** `1.4 TB`, decimal, as transfers are priced. */
export function sizeText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  const text = size >= 100 || unit === 0 ? size.toFixed(0) : String(Number(size.toFixed(1)))
  return `${text} ${UNITS[unit]}`
}

/** `12 min`, `3.2 h`, `140 h`. */
export function hoursText(hours: number): string {
  if (hours * 60 < 0.5) return "no time"
  if (hours < 1) return `${Math.round(hours * 60)} min`
  return `${hours >= 100 ? hours.toFixed(0) : Number(hours.toFixed(1))} h`
}
