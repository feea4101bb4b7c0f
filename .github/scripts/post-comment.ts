/**
 * Puts a comment on a pull request, or changes the one that an earlier run left, so that there is always one.
 * Usage: post-comment.ts <number of the pull request> <file>. The file's first line is the mark by which the earlier one is known.
 */
import { readFileSync } from "node:fs";

interface Comment {
  id: number;
  body?: string;
  user?: { type?: string } | null;
}

const { GITHUB_API_URL = "https://api.github.com", GITHUB_REPOSITORY, GITHUB_TOKEN } = process.env;
const [number, file] = process.argv.slice(2);
if (!/^\d+$/.test(number ?? "") || file === undefined || GITHUB_REPOSITORY === undefined || GITHUB_TOKEN === undefined) {
  throw new Error("Usage: GITHUB_TOKEN=… GITHUB_REPOSITORY=owner/name post-comment.ts <number of the pull request> <file>");
}

const body = readFileSync(file, "utf8");
const mark = body.slice(0, body.indexOf("\n"));
const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
const earlier = await findComment();
if (earlier === undefined) await ask("POST", `${issues}/${number}/comments`, { body });
else await ask("PATCH", `${issues}/comments/${earlier.id}`, { body });

/** The comment of an earlier run: a bot's, since anybody may write the mark. */
async function findComment(): Promise<Comment | undefined> {
  for (let page = 1; ; page++) {
    const comments = (await ask("GET", `${issues}/${number}/comments?per_page=100&page=${page}`)) as Comment[];
    const own = comments.find((comment) => comment.user?.type === "Bot" && comment.body?.startsWith(mark));
    if (own !== undefined || comments.length < 100) return own;
  }
}

async function ask(method: string, url: string, content?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${GITHUB_TOKEN}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      "content-type": "application/json",
    },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok)
    throw new Error(
      `GitHub answered ${response.status} to ${method} ${url}: ${(await response.text()).slice(0, 500)}. The job needs the permission pull-requests: write.`,
    );
  return response.json();
}
