import type { Secret } from "@freehold/kernel/secret";

export interface WelcomeFacts {
  url: string;
  /** Where it keeps its data; in memory without one. */
  folder: string | undefined;
  /** Where the admin token can be read; without a file only those know it who gave it, or are told it here. */
  tokenFile: string | undefined;
  /** A token that was made for this start and stands nowhere else. */
  madeToken: Secret | undefined;
  /** The first key, which is never shown again. */
  key: string | undefined;
}

/** What a gateway that runs alone tells its owner when it is ready. */
export function renderWelcome({ url, folder, tokenFile, madeToken, key }: WelcomeFacts): string {
  const token = tokenFile === undefined ? (madeToken?.reveal() ?? "$GATEWAY_ADMIN_TOKEN") : `$(cat ${quote(tokenFile)})`;
  const shown = key ?? "fh_…";
  return [
    "",
    `The gateway listens on ${url}`,
    folder === undefined ? "Keys, limits, cache and books are in memory: they end with it." : `Keys and books are kept in ${folder}`,
    "",
    key === undefined ? "Claude Code through it, with a key that you have:" : "Claude Code through it; the key is not shown again:",
    "",
    `  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${shown} claude`,
    "",
    "Another key:",
    "",
    `  curl ${url}/admin/keys -H "authorization: Bearer ${token}" -H "content-type: application/json" -d '{"name": "laptop"}'`,
    "",
    "",
  ].join("\n");
}

/** For a shell. */
const quote = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
