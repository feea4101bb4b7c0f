/** A hundred tenants on a machine that has memory for seven; see ../README.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, buildStandIn } from "../../tests/support/box-home.ts";
import { crowd, type Crowd } from "./crowd.ts";
import { wronglyEvicted } from "./eviction-order.ts";
import { machineNow } from "./https-report.ts";
import { renderHundred, judgeHundred, type HundredFigures } from "./hundred-report.ts";
import { layNetworks } from "./many-networks.ts";
import { watchMemory } from "./memory-watch.ts";
import { createVisitor } from "./visitor.ts";
import { serviceMb, startWholeHome } from "./whole-home.ts";

const { values } = parseArgs({
  options: {
    image: { type: "string" },
    tenants: { type: "string", default: "100" },
    real: { type: "string", default: "7" },
    memory: { type: "string", default: "1280" },
    total: { type: "string", default: "9216" },
    visits: { type: "string" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const count = Number(values.tenants);
const real = Number(values.real);
const eachMb = Number(values.memory);
const tenantsMb = Number(values.total);
/** Units: milliseconds. A home's own is a minute; here nobody visits twice within one, and a run shall end. */
const evictIdleMs = 3_000;
const visitors = 3;
const starters = 2;
/** Units: milliseconds. Between a look at all tenants and what follows from it, one of them may be used. */
const alikeMs = 1_000;
const tenantImage = values.image ?? build(join(import.meta.dirname, "../../runtime/images/tenant"));
const settings = { TENANT_EVICT_IDLE_MS: String(evictIdleMs), TENANT_MEMORY_MB: String(eachMb), TENANT_SAMPLE_MS: "600000", TENANT_READY_MS: "1200000" };
const networks = await layNetworks({ count, range: "10.233", tenantImage });
console.log(`${networks.atOnce} networks after ${Math.round(networks.ms / 1_000)} s`);
const home = await startWholeHome({ tenantImage, range: "10.232", tenantsMb, settings });
const visitor = createVisitor(home.edge);
const standIn = buildStandIn();
let figures: HundredFigures;
try {
  figures = await measure(crowd(home, visitor));
} finally {
  await visitor.close();
  home.remove();
}

async function measure(all: Crowd): Promise<HundredFigures> {
  const ids = Array.from({ length: count }, (_, index) => `u${String(index + 1).padStart(3, "0")}`);
  const definedMs = await all.define(ids, (index) => (index < real ? undefined : standIn));
  console.log(`${count} defined after ${Math.round(definedMs / 1_000)} s`);
  const watch = watchMemory(home);
  const activity = all.watchActivity();
  try {
    const first = ids.slice(0, real);
    const began = performance.now();
    // Not all at once: a start is nearly all computing, and OpenClaw gives up one that gets too little of a CPU.
    await visitAll(all, first, starters);
    const together = { awake: all.running(), ms: performance.now() - began };
    console.log(`${together.awake} real ones awake after ${Math.round(together.ms / 1_000)} s`);
    const idleMb = await watch.settled(first);
    // One after the other, so that it is plain who is idle for longest: the manager hears of each in that order.
    for (const id of first) await all.call(id);
    const visitsMs = await visitAll(all, ids.slice(real, values.visits === undefined ? count : real + Number(values.visits)), visitors);
    // The first one had to go for others long ago.
    const backMs = await all.visit(ids[0] ?? "");
    const evictions = await all.happened("evicted");
    const diedStarts = (await all.happened("died")).length;
    const wrong = wronglyEvicted(await activity.end(), evictions, alikeMs).length;
    const about = { count, real, eachMb, tenantsMb, evictIdleMs, visitors, servicesMb: sum(Object.values(serviceMb)), networks };
    const memory = await watch.end();
    return { ...about, definedMs, together, idleMb, visitsMs, backMs, diedStarts, evictions: evictions.length, wrong, subnets: all.subnetsSeen(), memory };
  } finally {
    await activity.end();
    await watch.end();
  }
}

/** Some visitors, each of whom goes from one tenant to the next. */
async function visitAll(all: Crowd, ids: readonly string[], together: number): Promise<number[]> {
  const left = [...ids];
  const times: number[] = [];
  const going = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      times.push(await all.visit(id));
      if (times.length % 10 === 0) console.log(`${times.length} visits`);
    }
  };
  await Promise.all(Array.from({ length: together }, going));
  return times;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const verdicts = judgeHundred(figures);
const day = new Date().toISOString().slice(0, 10);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, `${day}-hundred.json`), `${JSON.stringify(figures, null, 2)}\n`);
writeFileSync(join(values.out, `${day}-hundred.md`), renderHundred({ day, machine: machineNow(), figures, verdicts }));
for (const { goal, measured, reached } of verdicts) console.log(`${reached ? "reached" : "missed"}: ${goal}: ${measured}`);
if (verdicts.some(({ reached }) => !reached)) process.exitCode = 1;
