/** Texts that are credentials whatever they are called. Names are for messages, which must never show the text itself. */
const credentials: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["an Anthropic key", /\bsk-ant-[\w-]{8,}/],
  ["an API key", /\bsk-[\w-]{20,}/],
  ["a Google API key", /\bAIza[\w-]{30,}/],
  ["a GitHub token", /\b(gh[pousr]_\w{20,}|github_pat_\w{20,})/],
  ["a Slack token", /\bxox[abeprs]-[\w-]{10,}/],
  ["an AWS access key", /\bA(KI|SI)A[A-Z0-9]{16}\b/],
  ["a virtual key of the gateway", /\bfh_[\w-]{16,}/],
  ["a signed token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a key of a service account", /"type"\s*:\s*"service_account"/],
  ["an address with a password in it", /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*:[^\s/@]+@/i],
];

/** What kind of credential a text holds, or undefined when it holds none that we know. */
export function credentialIn(text: string): string | undefined {
  return credentials.find(([, pattern]) => pattern.test(text))?.[0];
}

const secretName = /(^|_)(KEY|TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?)$/i;

/** Whether a variable of this name holds a secret rather than, say, the path of a file with one. */
export const isSecretName = (name: string) => secretName.test(name) && !/(^|_)PUBLIC_KEY$/i.test(name);
