import { expect, test } from "@jest/globals";
import { readShort, shortBytes } from "./short-log.ts";

const answer = (text: string, headers: Record<string, string> = { "content-length": String(new TextEncoder().encode(text).length) }) =>
  new Response(text, { headers });

test("a short log comes whole, each line with the byte that it ends at; one that is still being written is left to the stream", async () => {
  expect(await readShort(answer("één\n\ntwo\r\n50 %\r90 %\nhal"))).toEqual({
    sizeBytes: 25,
    lines: [
      { text: "één", end: 6 },
      { text: "", end: 7 },
      { text: "two", end: 12 },
      { text: "50 %\n90 %", end: 22 },
    ],
  });
  expect(await readShort(answer(""))).toEqual({ sizeBytes: 0, lines: [] });
});

test("of a log that is not short only the size is taken, and the rest isn't read", async () => {
  const long = answer("x", { "content-length": String(shortBytes + 1) });
  expect(await readShort(long)).toEqual({ sizeBytes: shortBytes + 1, lines: undefined });
  expect(long.bodyUsed).toBe(true);
});

test("an answer without a size is an error", async () => {
  await expect(readShort(answer("x\n", {}))).rejects.toThrow(/size/);
});
