import { expect, test } from "@jest/globals";
import { checkDumps, parseManifest } from "./manifest.ts";

const dump = { name: "worker", sizeBytes: 5, sha256: "a".repeat(64) };
const manifest = { format: 1, createdAt: "2026-11-21T10:00:00.000Z", tenants: [], missedTenants: [], databases: [dump] } as const;
const bad = (message: RegExp) => expect.objectContaining({ code: "backup.bad-snapshot", message: expect.stringMatching(message) });

test("a manifest is read back as it was written", () => {
  expect(parseManifest(JSON.stringify(manifest), "ab")).toEqual(manifest);
  const { tenants: _tenants, missedTenants: _missed, ...ofAnOlderRelease } = manifest;
  expect(parseManifest(JSON.stringify(ofAnOlderRelease), "ab")).toEqual(manifest);
});

test.each(["", "{}", "null", '{"format":1}', '{"format":0,"createdAt":"2026-11-21T10:00:00Z","databases":[]}'])(
  "what is no manifest (%p) is refused",
  (text) => {
    expect(() => parseManifest(text, "ab")).toThrow(bad(/Snapshot ab holds no manifest/));
  },
);

test("a manifest of a newer release is refused with the cure", () => {
  expect(() => parseManifest(JSON.stringify({ ...manifest, format: 2, more: true }), "ab")).toThrow(bad(/format 2, made by a newer release/));
});

test("dumps are held against the manifest", () => {
  const parsed = parseManifest(JSON.stringify(manifest), "ab");
  expect(() => checkDumps(parsed, [dump, { ...dump, name: "other" }], "ab")).not.toThrow();
  expect(() => checkDumps(parsed, [], "ab")).toThrow(bad(/database worker in snapshot ab is missing/));
  expect(() => checkDumps(parsed, [{ ...dump, sha256: "b".repeat(64) }], "ab")).toThrow(bad(/has 5 bytes that are not those/));
});
