/**
 * Puts a note on a merge request of GitLab, or changes the one that an earlier run left, so that there is always one.
 * Usage: post-note.ts <number of the merge request> <file>. The file's first line is the mark by which the earlier one is known.
 */
import { readFileSync } from "node:fs";

interface Note {
  id: number;
  body: string;
  author: { id: number };
}

const { CI_API_V4_URL, CI_PROJECT_ID, FREEHOLD_NOTE_TOKEN } = process.env;
const [number, file] = process.argv.slice(2);
if (!/^\d+$/.test(number ?? "") || file === undefined || CI_API_V4_URL === undefined || CI_PROJECT_ID === undefined || !FREEHOLD_NOTE_TOKEN) {
  throw new Error("Usage: FREEHOLD_NOTE_TOKEN=… CI_API_V4_URL=… CI_PROJECT_ID=… post-note.ts <number of the merge request> <file>");
}

const body = readFileSync(file, "utf8");
const mark = body.slice(0, body.indexOf("\n"));
const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${number}/notes`;
const { id: self } = (await ask("GET", `${CI_API_V4_URL}/user`)) as { id: number };
const earlier = await findNote();
if (earlier === undefined) await ask("POST", notes, { body });
else await ask("PUT", `${notes}/${earlier.id}`, { body });

/** The note of an earlier run: the token's own, since anybody may write the mark. */
async function findNote(): Promise<Note | undefined> {
  for (let page = 1; ; page++) {
    const found = (await ask("GET", `${notes}?per_page=100&page=${page}`)) as Note[];
    const own = found.find((note) => note.author.id === self && note.body.startsWith(mark));
    if (own !== undefined || found.length < 100) return own;
  }
}

async function ask(method: string, url: string, content?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { "private-token": FREEHOLD_NOTE_TOKEN ?? "", "content-type": "application/json" },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok)
    throw new Error(
      `GitLab answered ${response.status} to ${method} ${url}: ${(await response.text()).slice(0, 500)}. FREEHOLD_NOTE_TOKEN needs the scope api.`,
    );
  return response.json();
}
