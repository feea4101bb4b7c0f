import type { GitTask, RemoteAccess } from "./git-scripts.ts";

/** What a pull request says. Shape: `api` is the address of GitHub's API, or of a server that speaks it. */
export interface PullRequestOrder {
  api: string;
  owner: string;
  repository: string;
  head: string;
  base: string;
  title: string;
  body: string;
}

export type PullRequestResult = { url: string } | { status: number; message: string };

/**
 * Opens a pull request, or finds the one that an earlier try has opened. It runs in a container that has a way out, as text, so it uses nothing but
 * what Node has. Source: docs.github.com/en/rest/pulls/pulls, API version 2022-11-28.
 */
export async function openPullRequest(order: PullRequestOrder, token: string): Promise<PullRequestResult> {
  const pulls = `${order.api}/repos/${encodeURIComponent(order.owner)}/${encodeURIComponent(order.repository)}/pulls`;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "content-type": "application/json",
    "user-agent": "freehold",
    "x-github-api-version": "2022-11-28",
  };
  const { head, base, title, body } = order;
  const call = (url: string, more: object = {}) => fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(30_000), ...more });
  const made = await call(pulls, { method: "POST", body: JSON.stringify({ head, base, title, body }) });
  const text = await made.text();
  if (made.status === 201) return { url: (JSON.parse(text) as { html_url: string }).html_url };
  if (made.status === 422) {
    const found = await call(`${pulls}?state=open&head=${encodeURIComponent(`${order.owner}:${head}`)}`);
    const list = found.ok ? ((await found.json()) as { html_url: string; head?: { ref?: string } }[]) : [];
    const own = list.find((pull) => pull.head?.ref === head);
    if (own !== undefined) return { url: own.html_url };
  }
  return { status: made.status, message: text.slice(0, 500) };
}

/** Undefined when the address is not one of owner and repository. */
export function pullRequestPlace(url: string): Pick<PullRequestOrder, "api" | "owner" | "repository"> | undefined {
  const { origin, host, pathname } = new URL(url);
  const [owner, repository, ...more] = pathname.split("/").filter((part) => part !== "");
  if (owner === undefined || repository === undefined || more.length > 0) return undefined;
  const api = host === "github.com" ? "https://api.github.com" : `${origin}/api/v3`;
  return { api, owner: decodeURIComponent(owner), repository: decodeURIComponent(repository).replace(/\.git$/, "") };
}

/** Shape: prints the result as a line of base64. */
export const pullRequestTask = (order: PullRequestOrder, credential: NonNullable<RemoteAccess["credential"]>): GitTask => ({
  argv: [
    "node",
    "--input-type=module",
    "--eval",
    `${openPullRequest.toString()}
const result = await openPullRequest(JSON.parse(process.env.ORDER), process.env.GIT_REMOTE_TOKEN).catch((error) => ({ status: 0, message: String(error.cause ?? error) }));
process.stdout.write(Buffer.from(JSON.stringify(result)).toString("base64"));`,
  ],
  env: { ORDER: JSON.stringify(order), GIT_REMOTE_TOKEN: credential.token },
  workspace: "none",
  mirror: "none",
  network: true,
  timeoutMs: 120_000,
});
