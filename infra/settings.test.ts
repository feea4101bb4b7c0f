import { expect, test } from "@jest/globals";
import { parseSettings } from "./settings.ts";

test("a stack that only names its place gets every other setting by default", () => {
  const settings = parseSettings("dev", { "freehold:place": "local" });
  expect(settings).toMatchObject({ httpsPort: 28_443, jobs: { slots: 3, internet: false }, backup: { schedule: "17 * * * *" } });
});

test("objects and numbers arrive as Pulumi stores them: as text", () => {
  const settings = parseSettings("dev", { "freehold:place": "local", "freehold:httpsPort": "9443", "freehold:jobs": '{"slots":5,"internet":true}' });
  expect(settings).toMatchObject({ httpsPort: 9_443, jobs: { slots: 5, internet: true, memoryMb: 1_024 } });
});

test("another namespace's configuration is left alone", () => {
  expect(() => parseSettings("dev", { "freehold:place": "local", "oci:region": "eu-zurich-1" })).not.toThrow();
});

test("a misspelt setting is refused by name, with the names there are", () => {
  expect(() => parseSettings("dev", { "freehold:place": "local", "freehold:htpsPort": "1" })).toThrow(
    /freehold:htpsPort is not a setting; there are: place, httpPort/,
  );
});

test("a misspelt part of a setting is refused with the parts there are", () => {
  expect(() => parseSettings("dev", { "freehold:place": "local", "freehold:jobs": '{"slot":5}' })).toThrow(
    /freehold:jobs\.slot is not a setting; there are: slots, memoryMb/,
  );
});

test.each([
  ["freehold:httpsPort", "70000", "freehold:httpsPort"],
  ["freehold:jobs", '{"slots":0}', "freehold:jobs.slots"],
  ["freehold:jobs", '{"slots":21}', "freehold:jobs.subnets"],
  ["freehold:jobs", '{"subnets":"10.0.0.0/24"}', "freehold:jobs.subnets"],
  ["freehold:memoryMb", "512", "freehold:memoryMb"],
  ["freehold:anthropicBaseUrl", "not a url", "freehold:anthropicBaseUrl"],
  ["freehold:backup", '{"schedule":"hourly"}', "freehold:backup.schedule"],
  ["freehold:notices", '{"allowedHosts":["http://x"]}', "freehold:notices.allowedHosts.0"],
])("%s = %s is refused with the command that mends it", (name, value, path) => {
  expect(() => parseSettings("dev", { "freehold:place": "local", [name]: value })).toThrow(new RegExp(`pulumi config set --stack dev --path ${path}`));
});

test("a missing place is named", () => {
  expect(() => parseSettings("dev", {})).toThrow(/freehold:place is missing/);
});

test.each(["key", "anthropicApiKey", "geminiApiKey"])("a refused %s is not shown", (name) => {
  expect(() => parseSettings("dev", { "freehold:place": "local", [`freehold:${name}`]: '["tooshort"]' })).toThrow(
    new RegExp(`freehold:${name} is \\[secret\\]`),
  );
});
