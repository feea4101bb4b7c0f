import { expect, test } from "@jest/globals";
import { createSearch, mostFound } from "./search.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("lines are found whatever their case, with their places, however the log is cut into chunks", () => {
  const lines = ["One İstanbul", "two Needle", "", "drei näedle ÜBER", "NEEDLE at the end"];
  const all = bytes(lines.join("\n"));
  const ends = lines.map((_, index) => bytes(lines.slice(0, index + 1).join("\n")).length + 1);
  for (let size = 1; size <= all.length; size++) {
    const search = createSearch("needle");
    for (let at = 0; at < all.length; at += size) search.read(all.slice(at, at + size));
    search.end();
    expect(search.found).toMatchObject({
      isDone: true,
      isCut: false,
      lines: [
        { text: "two Needle", end: ends[1] },
        { text: "NEEDLE at the end", end: ends[4] },
      ],
    });
  }
  const search = createSearch("über");
  search.read(all);
  search.end();
  expect(search.found.lines).toEqual([{ text: "drei näedle ÜBER", end: ends[3] }]);
});

test("a line is found once, and no more are kept than can be looked at", () => {
  const search = createSearch("x");
  search.read(bytes("xxx\n".repeat(mostFound + 10)));
  expect(search.found).toMatchObject({ isCut: true });
  expect(search.found.lines).toHaveLength(mostFound);
});
