/** What of a client of the SDK is asked for new credentials. */
interface WithCredentials {
  readonly config?: { readonly credentials?: unknown }
}

/**
 * Asks the SDK's chain for credentials anew, although those at hand look as if they were good: a role's session may end
 * before its time. Errors are the chain's own.
 */
export async function refreshCredentials(client: WithCredentials): Promise<void> {
  const provider = client.config?.credentials
  if (typeof provider === "function") await provider({ forceRefresh: true })
}
