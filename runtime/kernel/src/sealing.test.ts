import { expect, test } from "@jest/globals";
import { createSealer } from "./sealing.ts";
import { Secret } from "./secret.ts";

const sealer = createSealer(new Secret("a key"));

test("a sealed secret opens with its key and in its place, and shows nothing of itself", () => {
  const sealed = sealer.seal("höher", "channel 1");
  expect(sealer.open(sealed, "channel 1")).toBe("höher");
  expect(sealed).not.toContain(Buffer.from("höher").toString("base64url"));
  expect(sealer.seal("höher", "channel 1")).not.toBe(sealed);
});

test("a sealed secret opens neither elsewhere, nor with another key, nor when a bit of it was changed", () => {
  const sealed = sealer.seal("text", "channel 1");
  const changed = `${sealed.slice(0, -1)}${sealed.endsWith("A") ? "Q" : "A"}`;
  expect(() => sealer.open(sealed, "channel 2")).toThrow("channel 2");
  expect(() => createSealer(new Secret("another")).open(sealed, "channel 1")).toThrow("does not open");
  expect(() => sealer.open(changed, "channel 1")).toThrow("does not open");
  expect(() => sealer.open("v1.short", "channel 1")).toThrow("does not open");
  expect(() => sealer.open("text", "channel 1")).toThrow("does not open");
});
