/** Measures the whole way to a tenant over HTTPS beside a plain `docker run` of the same image; see ../README.md. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../../tests/support/box-home.ts";
import { until } from "../../tests/support/until.ts";
import { judge, machineNow, renderHttps, type Certificate, type Start } from "./https-report.ts";
import { cpuSecondsOf, startPlain } from "./plain.ts";
import { createVisitor, type Visitor } from "./visitor.ts";
import { startWholeHome, type WholeHome } from "./whole-home.ts";

const { values } = parseArgs({
  options: {
    image: { type: "string" },
    rounds: { type: "string", default: "3" },
    names: { type: "string", default: "20" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const image = values.image ?? build(join(import.meta.dirname, "../../runtime/images/tenant"));
const settings = { TENANT_IDLE_MINUTES: "0", TENANT_READY_MS: "1200000" };
const home = await startWholeHome({ tenantImage: image, range: "10.232", tenantsMb: 8_192, settings });
const visitor = createVisitor(home.edge);
const starts: Start[] = [];
const certificates: Certificate[] = [];
try {
  certificates.push(...(await newCertificates(home, visitor)));
  for (let round = 1; round <= Number(values.rounds); round++) {
    // Whoever comes second meets files that are in the page cache.
    const both = [() => plainStarts(round), () => tenantStarts(round)];
    for (const starting of round % 2 === 1 ? both : both.toReversed()) starts.push(...(await starting()));
  }
} finally {
  await visitor.close();
  home.remove();
}

async function plainStarts(round: number): Promise<Start[]> {
  const id = `plain${round}`;
  const container = `${home.box.prefix}-${id}`;
  await home.box.box.prepare(home.box.plan(id));
  const rows: Start[] = [];
  for (const what of ["first", "next"] as const) {
    const load = loadavg()[0] ?? 0;
    const { readyAfterMs, ownStartMs, cpuSeconds } = await startPlain(home.box, { id, image });
    rows.push(said({ who: "plain", what, round, load, servedAfterMs: readyAfterMs, ownStartMs, cpuSeconds, homeCpuSeconds: 0 }));
    execFileSync("docker", ["stop", "--time", "30", container], { stdio: "ignore" });
    execFileSync("docker", ["rm", container], { stdio: "ignore" });
  }
  await home.box.box.erase(id);
  return rows;
}

async function tenantStarts(round: number): Promise<Start[]> {
  const id = `round${round}`;
  let token = "";
  const first = await served({ id, what: "first", round }, async () => {
    return (token = String((await must("POST", "/tenants", { id }))["token"]));
  });
  await must("POST", `/tenants/${id}/hibernate`, {});
  await until(`${id} to be asleep`, () => isNow(id, "asleep"), { timeoutMs: 120_000, everyMs: 500 });
  const next = await served({ id, what: "next", round }, async () => token);
  await must("DELETE", `/tenants/${id}?graceDays=0&backup=false`);
  await until(`${id} to be gone`, () => isNow(id, "removed"), { timeoutMs: 120_000, everyMs: 500 });
  return [first, next];
}

async function must(...asked: Parameters<WholeHome["manager"]>): Promise<Record<string, unknown>> {
  const { status, body } = await home.manager(...asked);
  if (status >= 300) throw new Error(`The manager answered ${asked.slice(0, 2).join(" ")} with ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Throws while it is in another state: what it is in then stands in the error of who waits for it. */
async function isNow(id: string, state: string): Promise<true> {
  const { body } = await home.manager("GET", `/tenants/${id}`);
  if (body["state"] !== state) throw new Error(JSON.stringify(body));
  return true;
}

/** From the wish to a page and a WebSocket's greeting by the tenant's name. */
async function served({ id, what, round }: { id: string; what: Start["what"]; round: number }, wish: () => Promise<string>): Promise<Start> {
  const load = loadavg()[0] ?? 0;
  const homeBefore = await home.cpuSeconds();
  const began = performance.now();
  await visitor.untilServed(id, await wish());
  const servedAfterMs = performance.now() - began;
  const container = home.box.nameOf(id);
  const cpuSeconds = await cpuSecondsOf(home.box, container);
  const homeCpuSeconds = (await home.cpuSeconds()) - homeBefore;
  return said({ who: "tenant", what, round, load, servedAfterMs, ownStartMs: ownStart(container), cpuSeconds, homeCpuSeconds });
}

/** What OpenClaw took of it: from the start of its container to the probe in it that found it ready. */
function ownStart(container: string): number {
  const text = execFileSync("docker", ["inspect", "--format", "{{json .State}}", container], { encoding: "utf8" });
  const state = JSON.parse(text) as { StartedAt: string; Health: { Log: { End: string; ExitCode: number }[] } };
  const ready = state.Health.Log.find(({ ExitCode }) => ExitCode === 0);
  if (ready === undefined) throw new Error(`${container} was served, and its own probe had not found it ready.`);
  return Date.parse(ready.End) - Date.parse(state.StartedAt);
}

/** Names that nobody has asked for yet: tenants that are only defined, since a certificate needs no container. */
async function newCertificates({ manager }: WholeHome, { handshake }: Visitor): Promise<Certificate[]> {
  const found: Certificate[] = [];
  for (let index = 1; index <= Number(values.names); index++) {
    const id = `name${index}`;
    await manager("POST", "/tenants", { id });
    const newMs = await handshake(`${id}.localhost`);
    const knownMs = await handshake(`${id}.localhost`);
    found.push({ newMs, knownMs });
    await manager("DELETE", `/tenants/${id}?graceDays=0&backup=false`);
  }
  const left = async () => (await manager("GET", "/tenants?limit=1000")).body["tenants"] as { state: string }[];
  await until("the names to be free again", async () => (await left()).every(({ state }) => state === "removed"), { timeoutMs: 300_000, everyMs: 1_000 });
  return found;
}

function said(start: Start): Start {
  console.log(JSON.stringify(start));
  return start;
}

const verdicts = judge(starts, certificates);
const day = new Date().toISOString().slice(0, 10);
const machine = machineNow();
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, `${day}-https.json`), `${JSON.stringify({ machine, starts, certificates }, null, 2)}\n`);
writeFileSync(join(values.out, `${day}-https.md`), renderHttps({ day, machine, starts, certificates, verdicts }));
if (verdicts.some(({ reached }) => !reached)) process.exitCode = 1;
