import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Writes into a home from inside its container and tells each gap in its own work that is longer than usual, until its input ends: writer.ts <home> <rows a second>.
 * A row goes into the first database, then into the second: at any one moment they are at most one row apart.
 */
const [home = "", rows = "20"] = process.argv.slice(2);
const turnMs = 20;
/** Units: milliseconds. */
const toldAbove = 2 * turnMs;
const databases = ["base-0.sqlite", "base-1.sqlite"].map((name) => {
  const database = new DatabaseSync(join(home, "data", name));
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 10000");
  return { write: database.prepare("insert or replace into notes (n, body, padding) values (?, ?, randomblob(900))"), database };
});
const end = new AbortController();
process.stdin.once("end", () => end.abort()).resume();

const now = () => performance.timeOrigin + performance.now();
let last = Math.max(...databases.map(({ database }) => Number(database.prepare("select max(n) as n from notes").get()?.["n"])));
let worked = now();
for (let turn = 0, owed = 0; !end.signal.aborted; turn++) {
  for (owed += (Number(rows) * turnMs) / 1_000; owed >= 1; owed--) {
    last += 1;
    for (const { write } of databases) write.run(last, `row ${last}`);
  }
  if (turn % 5 === 0) appendFileSync(join(home, "transcripts", "talk-0.jsonl"), `${JSON.stringify({ last, at: now() })}\n`);
  if (turn % 50 === 0) writeFileSync(join(home, "workspace", "area-0", "note-0.md"), `Row ${last}\n`.repeat(400));
  const at = now();
  if (at - worked > toldAbove) console.log(JSON.stringify({ at, gapMs: at - worked }));
  worked = at;
  await delay(turnMs);
}
for (const { database } of databases) database.close();
