import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { deriveOwnerPassword } from "../keys.ts";
import { collectKit, readKit, renderKit, stateOf, unpackKit, withState, type RecoveryKit } from "./recovery-kit.ts";

const key = "k".repeat(43);
const repositories = [{ name: "hourly", repository: "s3:https://s3.example/bucket/home" }];
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kit-"));
  environment = { FREEHOLD_HOME: folder, FREEHOLD_PROJECT: join(folder, "checkout") };
  mkdirSync(join(folder, "keys"));
  writeFileSync(join(folder, "keys/dev.key"), `${key}\n`);
  mkdirSync(join(folder, "checkout"));
  writeFileSync(join(folder, "checkout/Pulumi.dev.yaml"), "config:\n  freehold:place: local\nencryptionsalt: v1:old\n");
  writeFileSync(join(folder, "passphrase"), "secret words\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const kitOfDev = () => collectKit("dev", environment, repositories);

test("a kit that was printed and typed back is the same kit", () => {
  const kit = kitOfDev();
  const sheet = renderKit(kit, new Date("2026-11-21T12:00:00Z"));
  expect(readKit(sheet.replaceAll("\n", "\r\n"))).toEqual(kit);
  expect(sheet).toContain("restic -r s3:https://s3.example/bucket/home snapshots");
  expect(sheet.split("\n").every((line) => line.length <= 160)).toBe(true);
});

test("one wrong letter is found before anything is laid down", () => {
  const sheet = renderKit(kitOfDev(), new Date());
  const letter = sheet.indexOf("\n", sheet.indexOf("-----BEGIN")) + 40;
  const wrong = sheet.slice(0, letter) + (sheet[letter] === "A" ? "B" : "A") + sheet.slice(letter + 1);
  expect(() => readKit(wrong)).toThrow(/a letter is wrong or missing/);
});

test("the sheet says every step, with the owner's password and where the buckets must be", () => {
  const sheet = renderKit(kitOfDev(), new Date());
  for (const step of [1, 2, 3, 4, 5, 6]) expect(sheet).toMatch(new RegExp(`^  ${step}\\. \\S`, "m"));
  expect(sheet).toContain("restore --kit kit.txt");
  expect(sheet).toContain(`password is ${deriveOwnerPassword(key)} unless`);
  expect(sheet).toContain("keeps its buckets on its own machine");
});

test("a kit of a home in the cloud says where to sign in, and holds what Pulumi knows when it was written to a file", () => {
  const cloud: RecoveryKit = { ...kitOfDev(), settings: "config:\n  freehold:place: oracle\n" };
  expect(renderKit({ ...cloud, settings: '{ "freehold:place": "oracle" }' }, new Date())).toContain("docs/prod.md");
  expect(renderKit(cloud, new Date())).toMatch(/docs\/prod\.md[^]*printed without what Pulumi knows[^]*Delete the old ones/);
  const whole = withState(cloud, '{"deployment":{}}');
  expect(renderKit(whole, new Date())).not.toContain("without what Pulumi knows");
  expect(stateOf(readKit(renderKit(whole, new Date())))).toBe('{"deployment":{}}');
});

test("an empty machine gets the key and the passphrase, readable by its owner alone, and a second time nothing changes", () => {
  const kit = kitOfDev();
  const empty = { FREEHOLD_HOME: join(folder, "empty"), FREEHOLD_PROJECT: join(folder, "empty-checkout") };
  unpackKit(kit, empty);
  unpackKit(kit, empty);
  expect(readFileSync(join(folder, "empty-checkout/Pulumi.dev.yaml"), "utf8")).toBe(kit.settings);
  expect(readFileSync(join(folder, "empty/keys/dev.key"), "utf8").trim()).toBe(key);
  expect(readFileSync(join(folder, "empty/passphrase"), "utf8")).toBe("secret words\n");
  expect(statSync(join(folder, "empty/keys/dev.key")).mode & 0o777).toBe(0o600);
});

test("settings that came with a fresh checkout make place, and are kept beside; those of a home that is here are left as they are", () => {
  const kit = kitOfDev();
  const here = join(folder, "checkout/Pulumi.dev.yaml");
  writeFileSync(here, "config:\n  freehold:place: local\n");
  expect(unpackKit(kit, environment)).toEqual({});
  expect(readFileSync(here, "utf8")).not.toBe(kit.settings);
  const fresh = { ...environment, FREEHOLD_HOME: join(folder, "fresh") };
  const { replaced } = unpackKit(kit, fresh);
  expect(readFileSync(here, "utf8")).toBe(kit.settings);
  expect(readFileSync(replaced ?? "", "utf8")).toBe("config:\n  freehold:place: local\n");
  expect(unpackKit(kit, fresh)).toEqual({});
});

test("a machine with another home of that name is left as it is", () => {
  const kit: RecoveryKit = { ...kitOfDev(), key: "x".repeat(43) };
  expect(() => unpackKit(kit, environment)).toThrow(/another key for the home dev/);
  expect(readFileSync(join(folder, "keys/dev.key"), "utf8").trim()).toBe(key);
});

test("a machine without the home's key makes no kit", () => {
  expect(() => collectKit("other", environment, repositories)).toThrow(/no key of the home other/);
});

test.each(["", "-----BEGIN FREEHOLD RECOVERY KIT-----\nZm9v\n-----END FREEHOLD RECOVERY KIT-----"])("what is no kit (%p) is refused", (text) => {
  expect(() => readKit(text)).toThrow(/no whole recovery kit/);
});
