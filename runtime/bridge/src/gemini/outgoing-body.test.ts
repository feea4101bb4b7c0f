import { buffer } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { outgoingBody } from "./outgoing-body.ts";

test.each([
  ["a short text", "häh"],
  ["a long one", "0123456789".repeat(20_000)],
  ["one with a letter of two halves at every seam", `${"x".repeat(65_535)}😀${"y".repeat(65_534)}😀${"z".repeat(65_535)}😀`],
  ["one that is all such letters", `a${"😀".repeat(100_000)}`],
])("%s goes out whole, under its true length", async (_what, text) => {
  const { body, length } = outgoingBody(text);
  const sent = typeof body === "string" ? Buffer.from(body) : await buffer(body);
  expect([sent.toString("utf8") === text, sent.length]).toEqual([true, length]);
});
