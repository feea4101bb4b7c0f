import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { domain, goodToken, legoArguments, plainHosts, startAcmePlace, type AcmeEdge, type AcmePlace } from "../support/acme-place.ts";
import { until } from "../support/until.ts";

const wait = { timeoutMs: 120_000, everyMs: 500 };
const shared = `DNS:*.${domain}`;
let place: AcmePlace;
let edge: AcmeEdge;

beforeAll(async () => {
  place = await startAcmePlace();
  edge = await place.startEdge(goodToken);
}, 600_000);
afterAll(() => place.remove(), 60_000);

test("all tenants' hosts share one certificate, proved in the DNS, and the zone is left as it was", async () => {
  const first = await until("the certificate", () => edge.certificateOf(`anna.${domain}`), wait);
  const other = await edge.certificateOf(`bert.${domain}`);
  expect([first.subjectaltname, other?.subjectaltname]).toEqual([shared, shared]);
  expect(String(first.issuer.CN)).toContain("Pebble");
  expect(other?.serialNumber).toBe(first.serialNumber);
  const log = await place.zoneLog();
  expect(log).toContain(`made TXT _acme-challenge.${domain}`);
  expect(log).toContain(`removed TXT _acme-challenge.${domain}`);
  expect(await edge.inside("stat", "--format", "%a %U", "/data/wildcard/current.pem")).toBe("600 edge");
}, 180_000);

test("a renewed one is served from the next handshake on, without a reload", async () => {
  const before = await edge.certificateOf(`anna.${domain}`);
  const hook = "EXEC_PATH=/usr/local/bin/zone-record";
  await edge.inside("sh", "-ec", `${hook} lego --path /tmp/again ${legoArguments} run && cp /tmp/again/certificates/_.${domain}.pem /data/wildcard/next.pem`);
  await edge.inside("mv", "/data/wildcard/next.pem", "/data/wildcard/current.pem");
  const after = await edge.certificateOf(`anna.${domain}`);
  expect(after?.subjectaltname).toBe(shared);
  expect(after?.serialNumber).not.toBe(before?.serialNumber);
}, 120_000);

test("where the certificate can't be had the log says so, the edge goes on without it, and it is soon asked for again", async () => {
  const refused = await place.startEdge("a-token-of-somebody-else");
  await until("the refusal", async () => (await refused.log()).includes(`{"event":"wildcard.failed","domain":"*.${domain}"}`), wait);
  // Nobody allows it one of its own here, for there is no door to ask.
  expect(await refused.certificateOf(`anna.${domain}`)).toBeUndefined();
  expect(await refused.inside("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8443 && echo open")).toBe("open");
  expect(await place.zoneLog()).toContain("refused POST");
  await refused.giveToken(goodToken);
  const late = await until("the certificate after all", () => refused.certificateOf(`anna.${domain}`), wait);
  expect(late.subjectaltname).toBe(shared);
}, 360_000);

test("Caddy makes one account, though it asks for two names at once: of two it would keep the key of one and the number of the other", async () => {
  const before = await place.accounts();
  for (const count of [1, 2, 3]) {
    const plain = await place.startPlainEdge();
    const isAskedFor = (log: string) => (host: string) => log.split("\n").some((line) => line.includes("trying to solve challenge") && line.includes(host));
    await until("both names to be asked for", async () => plainHosts.every(isAskedFor(await plain.log())), wait);
    expect(await place.accounts()).toBe(before + count);
  }
}, 180_000);
