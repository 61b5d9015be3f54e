import { describe, expect, test } from "vitest"
import { credentialIn, isSecretName, maskedEnvironment } from "../../../../src/core/manifest/secrets.ts"

// Put together here, so that no scanner takes this file for a leak.
const LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2dE3"
const CREDENTIALS: readonly (readonly [what: string, text: string])[] = [
  ["an AWS access key", `x AKIA${"ABCDEFGH12345678"} y`],
  ["an AWS access key", `ASIA${"ABCDEFGH12345678"}`],
  ["a private key", `-----BEGIN RSA ${"PRIVATE KEY"}-----`],
  ["a GitHub token", `ghp_${LETTERS.slice(0, 36)}`],
  ["a GitLab token", `glpat-${LETTERS.slice(0, 20)}`],
  ["a Slack token", `xoxb-${"1234567890-abc"}`],
  ["a Hugging Face token", `hf_${LETTERS.slice(0, 34)}`],
  ["an npm token", `npm_${LETTERS.slice(0, 36)}`],
  ["a Google API key", `AIza${LETTERS.slice(0, 35)}`],
  ["an API key", `sk-proj-${LETTERS.slice(0, 32)}`],
  ["a JSON web token", `eyJ${LETTERS.slice(0, 20)}.eyJ${LETTERS.slice(0, 20)}.x`],
  ["a signed URL", "https://bkt.s3.amazonaws.com/k?X-Amz-Signature=abc"],
  ["a password in a URL", "postgres://ada:secret@host/db"],
]

describe("credentialIn", () => {
  test.each(CREDENTIALS)("finds %s", (what, text) => {
    expect(credentialIn(text)).toBe(what)
  })

  test.each([
    "s3://bucket/prefix/",
    "0.0001",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:tag",
    "arn:aws:iam::123456789012:role/service-role/x",
    "a".repeat(64),
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "https://host:8080/path@x",
    "task-sk-learn",
    "loss=([0-9.]+)",
  ])("lets %j be", (text) => {
    expect(credentialIn(text)).toBeNull()
  })
})

test.each([
  ["API_KEY", true],
  ["hf_token", true],
  ["DB_PASSWORD", true],
  ["CLIENT_SECRET", true],
  ["KEYBOARD", false],
  ["TOKENIZER", false],
])("the name %s is a secret's: %s", (name, isSecret) => {
  expect(isSecretName(name)).toBe(isSecret)
})

test("an environment is shown without secrets", () => {
  expect(maskedEnvironment({ LEVEL: "INFO", A_KEY: "x", URL: "postgres://ada:secret@host/db" })).toEqual({
    LEVEL: "INFO",
    A_KEY: "***",
    URL: "***",
  })
})
