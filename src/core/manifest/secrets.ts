// Which names and values look like secrets: they are refused in manifests and masked wherever they are shown.
// It knows forms that are certainly credentials; it cannot find every secret.

const SECRET_NAME = /(?:KEY|TOKEN|SECRET|PASSWORD)$/i

/** What an environment variable of this name may not be given in plain text without `--allow-plain-env`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

const CREDENTIALS: readonly (readonly [what: string, form: RegExp])[] = [
  ["an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a GitHub token", /\b(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{20}/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10}/],
  ["a Hugging Face token", /\bhf_[A-Za-z0-9]{30}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}/],
  ["a PyPI token", /\bpypi-[A-Za-z0-9_-]{50}/],
  ["a Google API key", /\bAIza[A-Za-z0-9_-]{35}/],
  ["an API key", /\bsk-(?:[a-z]+-)*[A-Za-z0-9_]{32}/],
  ["a JSON web token", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./],
  ["a signed URL", /[?&]X-Amz-(?:Signature|Credential|Security-Token)=/i],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@{}]+@/i],
]

/** None of the forms above is shorter, and most cells are. */
const SHORTEST = 8
const ANY = new RegExp(CREDENTIALS.map(([, form]) => form.source).join("|"), "i")

/** What kind of credential a text certainly holds, in words; null: none. */
export function credentialIn(text: string): string | null {
  if (text.length < SHORTEST || !ANY.test(text)) return null
  return CREDENTIALS.find(([, form]) => form.test(text))?.[0] ?? null
}

export const MASK = "***"

/** The value of a column as it may be shown. */
export function maskedValue(column: string, value: string): string {
  const name = column.startsWith("env.") ? column.slice("env.".length) : null
  return (name !== null && isSecretName(name)) || credentialIn(value) !== null ? MASK : value
}

/** An environment as it may be shown. */
export function maskedEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, maskedValue(`env.${name}`, value)]),
  )
}

/** A connection URL with its password masked: it may have been typed where none is allowed. */
export function withoutPassword(text: string): string {
  // Up to the last @: a password may hold one, and a slash.
  return text.replace(/(:\/\/[^:@/\s]*:)\S*@/, `$1${MASK}@`).replaceAll(/([?&]password=)[^&\s]*/gi, `$1${MASK}`)
}
