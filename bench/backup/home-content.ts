import { appendFileSync, chmodSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * A home of a given size as people make them, and what an hour or a heavy day changes in it; the same for the same seed. Runs beside the tenants volume:
 * home-content.ts fill <home> <MB> | day <home> <MB> <seed> | hour <home> <MB> <seed> | judge <folder of databases>
 */
const [verb = "", home = "", mb = "2000", seed = "1"] = process.argv.slice(2);
/** Of 2,000 MB. */
const share = Number(mb) / 2_000;
const countOf = (whole: number) => Math.max(1, Math.round(whole * share));
const counts = { notes: countOf(19_000), transcripts: countOf(900), databases: 8, blobs: countOf(92), rows: countOf(50_000) };

/** Source: mulberry32, public domain. */
function seeded(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = seeded(Number(seed) * 7_919 + verb.length);
const below = (limit: number) => Math.floor(random() * limit);
const syllables = ["ka", "lo", "mi", "ren", "tu", "sol", "va", "der", "pin", "ost", "el", "an", "chi", "or", "ta", "we"];
const word = () => Array.from({ length: 1 + below(3) }, () => syllables[below(syllables.length)]).join("");
const vocabulary = Array.from({ length: 4_000 }, word);

function text(bytes: number): string {
  let written = "";
  while (written.length < bytes) written += `${vocabulary[below(vocabulary.length)]}${below(12) === 0 ? ".\n" : " "}`;
  return written;
}

function noise(bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes - (bytes % 4));
  for (let at = 0; at < buffer.length; at += 4) buffer.writeUInt32LE(below(4_294_967_296), at);
  return buffer;
}

const note = (n: number) => join(home, "workspace", `area-${n % 190}`, `note-${n}.md`);
const transcript = (n: number) => join(home, "transcripts", `talk-${n}.jsonl`);
const database = (n: number) => join(home, "data", `base-${n}.sqlite`);
const lines = (count: number) => Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, id: noise(16).toString("hex"), said: text(400) })}\n`).join("");

function fillDatabase(n: number): void {
  const base = new DatabaseSync(database(n));
  base.exec("pragma journal_mode = wal; create table notes (n integer primary key, body text, padding blob); begin");
  const insert = base.prepare("insert into notes values (?, ?, ?)");
  for (let row = 1; row <= counts.rows; row++) insert.run(row, text(120), noise(900));
  base.exec("commit");
  base.close();
}

function fill(): void {
  for (const folder of ["workspace", "transcripts", "data", "files", "private", "tmp"]) mkdirSync(join(home, folder), { recursive: true });
  for (let n = 0; n < Math.min(190, counts.notes); n++) mkdirSync(join(home, "workspace", `area-${n}`), { recursive: true });
  for (let n = 0; n < counts.notes; n++) writeFileSync(note(n), text(2_000 + below(12_000)));
  for (let n = 0; n < counts.transcripts; n++) writeFileSync(transcript(n), lines(1_300));
  for (let n = 0; n < counts.databases; n++) fillDatabase(n);
  for (let n = 0; n < counts.blobs; n++) writeFileSync(join(home, "files", `photo-${n}.bin`), noise(9_000_000));
  for (let n = 0; n < 20; n++) symlinkSync(`../workspace/area-0/note-${n * 190}.md`, join(home, "private", `link-${n}`));
  symlinkSync("nowhere at all", join(home, "private", "link to nothing"));
  for (let n = 0; n < 10; n++) {
    const [first, second] = [join(home, "private", `one of two ${n}`), join(home, "private", `two of two ${n}`)];
    writeFileSync(first, text(1_000));
    linkSync(first, second);
    chmodSync(first, [0o600, 0o644, 0o400, 0o755, 0o664][n % 5] ?? 0o600);
  }
  chmodSync(join(home, "private"), 0o700);
}

/** Rows that are updated lie anywhere in the file, which is the dearest kind of change for whoever looks for equal pieces. */
function updateRows(which: number, updates: number, inserts: number): void {
  const base = new DatabaseSync(database(which));
  base.exec("pragma busy_timeout = 10000; begin immediate");
  const update = base.prepare("update notes set body = ? where n = ?");
  const insert = base.prepare("insert into notes (body, padding) values (?, ?)");
  for (let count = 0; count < updates; count++) update.run(text(120), 1 + below(counts.rows));
  for (let count = 0; count < inserts; count++) insert.run(text(120), noise(900));
  base.exec("commit");
  base.close();
}

interface Change {
  notes: number;
  transcripts: number;
  databases: number;
  updates: number;
  inserts: number;
  newFileBytes: number;
}

function change({ notes, transcripts, databases, updates, inserts, newFileBytes }: Change): void {
  for (let count = 0; count < notes; count++) writeFileSync(note(below(counts.notes)), text(2_000 + below(12_000)));
  for (let count = 0; count < transcripts; count++) appendFileSync(transcript(below(counts.transcripts)), lines(60));
  // The last ones: a tenant's processes write to the first.
  for (let count = 0; count < databases; count++) updateRows(counts.databases - 1 - count, updates, inserts);
  writeFileSync(join(home, "files", `new-${verb}-${seed}.bin`), noise(newFileBytes));
}

function judge(): void {
  const rows: number[] = [];
  let whole = true;
  for (const file of readdirSync(home)
    .filter((name) => /^base-[01]\.sqlite$/.test(name))
    .toSorted()) {
    try {
      const base = new DatabaseSync(join(home, file));
      whole &&= base.prepare("pragma integrity_check").get()?.["integrity_check"] === "ok";
      rows.push(Number(base.prepare("select max(n) as n from notes").get()?.["n"]));
      base.close();
    } catch {
      whole = false;
    }
  }
  console.log(JSON.stringify({ whole: whole && rows.length === 2, apart: (rows[0] ?? 0) - (rows[1] ?? 0) }));
}

if (verb === "fill") fill();
else if (verb === "day")
  change({ notes: countOf(180), transcripts: countOf(12), databases: 8, updates: countOf(200), inserts: 0, newFileBytes: countOf(8_000_000) });
else if (verb === "hour")
  change({ notes: countOf(10), transcripts: countOf(3), databases: 2, updates: countOf(10), inserts: countOf(40), newFileBytes: countOf(300_000) });
else judge();
