import { expect, test } from "@jest/globals";
import { parseSettings } from "./settings.ts";
import { cloudConfiguration } from "./testing/captured.ts";

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

test.each(["key", "anthropicApiKey", "geminiApiKey", "tracingHeaders", "antigravityClientSecret"])("a refused %s is not shown", (name) => {
  expect(() => parseSettings("dev", { "freehold:place": "local", [`freehold:${name}`]: '["tooshort"]' })).toThrow(
    new RegExp(`freehold:${name} is \\[secret\\]`),
  );
});

test("a home in the clouds has the free size, and that of payg only where its cost is accepted", () => {
  expect(parseSettings("prod", cloudConfiguration()).oracle).toMatchObject({ ocpus: 2, memoryGb: 12, dataGb: 100, running: true, profile: "free" });
  expect(parseSettings("prod", cloudConfiguration({ profile: "payg", acceptPaygCost: true })).oracle).toMatchObject({ ocpus: 4, memoryGb: 24 });
  expect(() => parseSettings("prod", cloudConfiguration({ profile: "payg" }))).toThrow(
    /oracle\.acceptPaygCost is missing: the profile payg may cost up to \$28\.04 a month/,
  );
});

test.each([
  [{ ocpus: 4 }, "oracle.ocpus is 4: the profile free has 2 OCPUs"],
  [{ memoryGb: 13 }, "oracle.memoryGb is 13: the profile free has 12 GB"],
  [{ memoryGb: 24, profile: "payg", acceptPaygCost: true, ocpus: 5 }, "oracle.ocpus is 5"],
  [{ adminCidrs: [] }, "oracle.adminCidrs"],
  [{ adminCidrs: ["my house"] }, "oracle.adminCidrs.0"],
  [{ homeRegion: "Zurich" }, "such as eu-zurich-1"],
  [{ imageId: "ubuntu" }, 'an OCID that starts with "ocid1.image."'],
  [{ compartmentId: "ocid1.tenancy.oc1..aaaa" }, 'an OCID that starts with "ocid1.compartment."'],
  [{ domain: "home" }, "such as home.example.org"],
  [{ dataGb: 151 }, "oracle.dataGb"],
  [{ region: "eu-zurich-1" }, "freehold:oracle.region is not a setting; there are: homeRegion, tenancyId"],
])("a machine with %j is refused: %s", (changes, message) => {
  expect(() => parseSettings("prod", cloudConfiguration(changes))).toThrow(message);
});

test.each(["oracle", "google", "cloudflare"])("a home in the clouds without the settings of %s is told which it needs", (cloud) => {
  const { [`freehold:${cloud}`]: _left, ...rest } = cloudConfiguration();
  expect(() => parseSettings("prod", rest)).toThrow(`freehold:${cloud} is missing: the place oracle needs it`);
});

test("R2's key needs both of its halves, and its secret is never shown", () => {
  const zone = { zoneId: "0".repeat(32) };
  const withR2 = (settings: object, secret?: string) =>
    parseSettings("prod", {
      ...cloudConfiguration(),
      "freehold:cloudflare": JSON.stringify({ ...zone, ...settings }),
      ...(secret === undefined ? {} : { "freehold:r2SecretAccessKey": secret }),
    });
  expect(() => withR2({ r2AccountId: "1".repeat(32) })).toThrow("r2AccountId and r2AccessKeyId go together");
  const both = { r2AccountId: "1".repeat(32), r2AccessKeyId: "2".repeat(32) };
  expect(() => withR2(both)).toThrow("freehold:r2SecretAccessKey is missing: R2's key needs its secret");
  expect(() => withR2(both, "short")).toThrow(/r2SecretAccessKey is \[secret\]/);
  expect(withR2(both, "long enough to be one").cloudflare?.r2Bucket).toBe("freehold-backups");
});

test("a region outside the three free ones is refused for the bucket off-site", () => {
  const google = (location: string) =>
    parseSettings("prod", { ...cloudConfiguration(), "freehold:google": JSON.stringify({ projectId: "my-home-123456", location }) });
  expect(google("us-east1").google?.location).toBe("US-EAST1");
  expect(() => google("europe-west1")).toThrow("only these are free");
});

test.each([
  ["freehold:tracing", '{"endpoint":"ftp://x"}', /freehold:tracing\.endpoint/],
  ["freehold:tracing", '{"endpoint":"http://x:4318","share":2}', /freehold:tracing\.share/],
  ["freehold:tracing", '{"endpoint":"http://x:4318","rate":1}', /tracing\.rate is not a setting; there are: endpoint, share/],
  ["freehold:tracingHeaders", "a=b", /freehold:tracing is missing: tracingHeaders go somewhere/],
  ["freehold:antigravity", '{"acceptRisk":false,"clientId":"c"}', /antigravity\.acceptRisk.*banned accounts/],
  ["freehold:antigravity", '{"clientId":"c"}', /freehold:antigravity\.acceptRisk is missing/],
  ["freehold:antigravity", '{"acceptRisk":true,"clientId":"c"}', /freehold:antigravityClientSecret is missing/],
])("%s = %s is refused, and says why", (name, value, message) => {
  expect(() => parseSettings("dev", { "freehold:place": "local", [name]: value })).toThrow(message);
});
