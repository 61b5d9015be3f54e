/** Whether a webhook may have this URL: https, or http on this machine; never with a user's name or password. */
export function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== "" || password !== "") return false
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname))
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** What of it may be shown: its host. A path or a query may hold a token. */
export function shownUrl(text: string): string {
  return URL.canParse(text) ? `${new URL(text).origin}/…` : "…"
}
