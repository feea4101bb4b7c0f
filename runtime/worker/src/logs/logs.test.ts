import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Changes } from "../changes.ts";
import { renderLines } from "./log-events.ts";
import { LogFollower, type AttemptEnd } from "./log-follower.ts";
import { LogTail } from "./log-tail.ts";
import { LogWriter } from "./log-writer.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "freehold-test-logs-"));
  path = join(folder, "1.ndjson");
});
afterEach(() => rm(folder, { recursive: true }));

const eventsOf = (text: string) =>
  text
    .split("\n\n")
    .filter(Boolean)
    .map((block) => ({
      id: Number(/^id: (.*)$/m.exec(block)?.[1]),
      data: [...block.matchAll(/^data: (.*)$/gm)].map((match) => match[1]).join("\n"),
    }));

test("[W14] an event's id is the byte offset after its line, also behind multi-byte characters", () => {
  const rendered = renderLines(Buffer.from("ü\nb\nrest"), 100, false);
  expect(rendered?.next).toBe(105);
  expect(eventsOf(rendered?.text.toString() ?? "")).toEqual([
    { id: 103, data: "ü" },
    { id: 105, data: "b" },
  ]);
});

test("[W14] the rest of an ended log is a line, and an unfinished line of a running one is not", () => {
  expect(eventsOf(renderLines(Buffer.from("a\nrest"), 0, true)?.text.toString() ?? "")).toEqual([
    { id: 2, data: "a" },
    { id: 6, data: "rest" },
  ]);
  expect(renderLines(Buffer.from("rest"), 0, false)).toBeNull();
});

test("a job that prints carriage returns makes no events of its own", () => {
  const text = renderLines(Buffer.from("50 %\rid: 999\r\revent: done\r\n"), 0, false)?.text.toString() ?? "";
  expect(text.match(/^id: /gm)).toHaveLength(1);
  expect(text).not.toContain("\r");
  expect(text).not.toMatch(/^event: done/m);
});

test("[W14] whatever the log is, reading it from any event's id gives exactly the lines after it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: "grapheme", maxLength: 50 }).map((text) => text.replaceAll(/[\r\n]/g, "")),
        { minLength: 1, maxLength: 30 },
      ),
      fc.nat(),
      async (lines, pick) => {
        await writeFile(path, lines.map((line) => `${line}\n`).join(""));
        const tail = new LogTail(path);
        const size = await tail.size();
        const whole = eventsOf((await tail.read(0, size, true))?.text.toString() ?? "");
        const from = whole[pick % whole.length];
        const after = eventsOf((await tail.read(from?.id ?? 0, size, true))?.text.toString() ?? "");
        expect(after).toEqual(whole.slice((pick % whole.length) + 1));
      },
    ),
    { numRuns: 50 },
  );
});

test("a line that is too long to send is replaced by a note with its length, and the next one comes", async () => {
  await writeFile(path, `${"x".repeat(3_000_000)}\nnext\n`);
  const tail = new LogTail(path);
  const first = await tail.read(0, 3_000_006, false);
  expect(eventsOf(first?.text.toString() ?? "")).toEqual([
    { id: 3_000_001, data: JSON.stringify({ type: "freehold", subtype: "long-line", bytes: 3_000_000 }) },
  ]);
  expect(eventsOf((await tail.read(first?.next ?? 0, 3_000_006, false))?.text.toString() ?? "")).toEqual([{ id: 3_000_006, data: "next" }]);
});

test("[W6] two writers that copy the same log leave it once", async () => {
  const bytes = Buffer.from("one\ntwo\nthree\n");
  const first = await LogWriter.open(path);
  const stored: string[] = [];
  await first.write(bytes.subarray(0, 5), (piece) => stored.push(piece.toString()));
  const second = await LogWriter.open(path);
  expect(second.size).toBe(5);
  await first.write(bytes.subarray(5), (piece) => stored.push(piece.toString()));
  await second.write(bytes.subarray(5), () => undefined);
  await Promise.all([first.close(), second.close()]);
  expect(await readFile(path)).toEqual(bytes);
  expect(stored.join("")).toBe(bytes.toString());
});

const follower = (end: { value: AttemptEnd }, changes = new Changes()) =>
  new LogFollower({ changes, endOf: async () => end.value, pathOf: () => path, onError: () => undefined, lookEveryMs: 5, askEveryMs: 5 });
const collecting = () => {
  const texts: string[] = [];
  return { texts, send: async (text: Buffer) => void texts.push(text.toString()) };
};

test("[W14] followers of a log that another process writes see each line once and the end", async () => {
  const end: { value: AttemptEnd } = { value: null };
  const { texts, send } = collecting();
  const following = follower(end).follow({ jobId: "j", attempt: 1, offset: 0 }, send, new AbortController().signal);
  for (let number = 0; number < 20; number++) await appendFile(path, `line ${number}\nha`).then(() => appendFile(path, "lf\n"));
  end.value = { job: "succeeded" };
  expect(await following).toBe("succeeded");
  expect(eventsOf(texts.join("")).map((event) => event.data)).toEqual(Array.from({ length: 20 }, (_, number) => [`line ${number}`, "half"]).flat());
});

test("a thousand followers of one log share its readings", async () => {
  const end: { value: AttemptEnd } = { value: null };
  const shared = follower(end);
  const all = Array.from({ length: 1_000 }, collecting);
  const following = all.map(({ send }) => shared.follow({ jobId: "j", attempt: 1, offset: 0 }, send, new AbortController().signal));
  await appendFile(path, "a\n");
  await appendFile(path, "b\n");
  end.value = { job: "failed" };
  expect(new Set(await Promise.all(following))).toEqual(new Set(["failed"]));
  expect(
    new Set(
      all.map(({ texts }) =>
        eventsOf(texts.join(""))
          .map((event) => event.data)
          .join(),
      ),
    ),
  ).toEqual(new Set(["a,b"]));
});

test("a follower that leaves is let go at once", async () => {
  const left = new AbortController();
  const following = follower({ value: null }).follow({ jobId: "j", attempt: 1, offset: 0 }, async () => undefined, left.signal);
  left.abort(new Error("left"));
  await expect(following).rejects.toThrow("left");
});
