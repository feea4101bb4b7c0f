/** Tenants that are added, used and removed while streams of another one stay open; see ../README.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, buildStandIn } from "../../tests/support/box-home.ts";
import { until } from "../../tests/support/until.ts";
import { judgeComing, renderComing, type ComingFigures } from "./coming-report.ts";
import { HeldStreams } from "./held-streams.ts";
import { machineNow } from "./https-report.ts";
import { createVisitor } from "./visitor.ts";
import { startWholeHome } from "./whole-home.ts";

const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "1000" },
    together: { type: "string", default: "10" },
    sockets: { type: "string", default: "100" },
    streams: { type: "string", default: "10" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const count = Number(values.tenants);
const together = Number(values.together);
const eachMb = 1_024;
const tenantImage = build(join(import.meta.dirname, "../../runtime/images/tenant"));
const standIn = buildStandIn();
const settings = { TENANT_MEMORY_MB: String(eachMb), TENANT_SAMPLE_MS: "600000", TENANT_STARTS_AT_ONCE: String(together) };
const home = await startWholeHome({ tenantImage, range: "10.234", tenantsMb: eachMb * (together + 4), settings });
const visitor = createVisitor(home.edge);
let figures: ComingFigures;
try {
  figures = await measure();
} catch (fault) {
  // What follows may fail as well.
  console.error(fault);
  throw fault;
} finally {
  await visitor.close();
  home.remove();
}

async function measure(): Promise<ComingFigures> {
  const token = await add("held");
  await visitor.untilServed("held", token);
  const held = await HeldStreams.open({ edge: home.edge, id: "held", token, sockets: Number(values.sockets), streams: Number(values.streams) });
  const began = performance.now();
  const servedMs: number[] = [];
  const left = Array.from({ length: count }, (_, index) => `c${String(index + 1).padStart(4, "0")}`);
  const going = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const came = performance.now();
      await visitor.untilServed(id, await add(id));
      if (servedMs.push(performance.now() - came) % 20 === 0)
        console.log(`${servedMs.length} came within ${Math.round((performance.now() - began) / 1_000)} s`);
      await remove(id);
    }
  };
  try {
    await Promise.all(Array.from({ length: together }, going));
  } finally {
    figures = { count, together, ms: performance.now() - began, servedMs, held: await held.end() };
  }
  return figures;
}

async function add(id: string): Promise<string> {
  const { status, body } = await home.manager("POST", "/tenants", { id, image: standIn });
  if (status !== 201) throw new Error(`${id} was refused with ${status}: ${JSON.stringify(body)}`);
  return String(body["token"]);
}

async function remove(id: string): Promise<void> {
  const { status, body } = await home.manager("DELETE", `/tenants/${id}?graceDays=0&backup=false`);
  if (status >= 300) throw new Error(`${id} was not removed: ${status}, ${JSON.stringify(body)}`);
  const isGone = async () => (await home.manager("GET", `/tenants/${id}`)).body["state"] === "removed";
  await until(`${id} to be gone`, isGone, { timeoutMs: 120_000, everyMs: 200 });
}

const verdicts = judgeComing(figures);
const day = new Date().toISOString().slice(0, 10);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, `${day}-coming.json`), `${JSON.stringify(figures, null, 2)}\n`);
writeFileSync(join(values.out, `${day}-coming.md`), renderComing({ day, machine: machineNow(), figures, verdicts }));
for (const { goal, measured, reached } of verdicts) console.log(`${reached ? "reached" : "missed"}: ${goal}: ${measured}`);
if (verdicts.some(({ reached }) => !reached)) process.exitCode = 1;
