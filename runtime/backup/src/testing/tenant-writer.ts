import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What a tenant's processes do to a home, for tests and measurements: rows go into the databases, of which the second is told by the first
 * what it must hold, a log grows, notes are rewritten. Started as: tenant-writer.ts <home> <rows a second>.
 */
const [home = "", rows = "0"] = process.argv.slice(2);
const perTurn = Number(rows) / 50;

mkdirSync(join(home, "state"), { recursive: true });
mkdirSync(join(home, "cache"), { recursive: true });
const existing = readdirSync(join(home, "state")).filter((name) => name.endsWith(".sqlite"));
const names = existing.length > 0 ? existing : ["openclaw.sqlite", "agent.sqlite"];
const databases = names.map((name) => {
  const database = new DatabaseSync(join(home, "state", name));
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; create table if not exists notes (n integer primary key, body text, padding blob)");
  return { write: database.prepare("insert or replace into notes (n, body, padding) values (?, ?, randomblob(400))"), database };
});
let last = databases[0]?.database.prepare("select coalesce(max(n), 0) as n from notes").get()?.["n"] as number;
process.once("SIGTERM", () => {
  for (const { database } of databases) database.close();
  process.exit(0);
});

for (let turn = 0, owed = 0; ; turn++) {
  for (owed += perTurn; owed >= 1; owed--) {
    last += 1;
    for (const { write } of databases) write.run(last, `note ${last}`);
    appendFileSync(join(home, "log.jsonl"), `${JSON.stringify({ n: last })}\n`);
  }
  if (turn % 25 === 0) writeFileSync(join(home, "cache", "scratch"), String(turn));
  await delay(20);
}
