/** A refused signature is answered with the whole request that was signed, token included; a URL may carry its signature. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\s*The Canonical String for this request[\s\S]*$/, "")
    .replaceAll(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"'<>]+/gi, "$1***")
    .replaceAll(/(x-amz-security-token:\s*)\S+/gi, "$1***")
    .replaceAll(/(\s(?:Credential|Signature)=)[^,\s]+/g, "$1***")
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, "***")
}
