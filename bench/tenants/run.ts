/** Measures a tenant's container beside a plain `docker run` of the same image; see ../README.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../../tests/support/box-home.ts";
import { createPlace, type Place } from "./place.ts";
import { page, type Row } from "./report.ts";

const { values } = parseArgs({
  options: {
    image: { type: "string" },
    rounds: { type: "string", default: "3" },
    "tenant-only": { type: "boolean", default: false },
    memory: { type: "string", default: "1280" },
    heap: { type: "string", default: "" },
    young: { type: "string", default: "" },
    turns: { type: "string", default: "3" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const root = join(import.meta.dirname, "../..");
const image = values.image ?? build(join(root, "runtime/images/tenant"));
const place = await createPlace(image);
const rows: Row[] = [];
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    if (!values["tenant-only"]) {
      rows.push({ what: "plain docker run", round, load: loadavg()[0] ?? 0, ...(await place.plain()) });
      console.log(JSON.stringify(rows.at(-1)));
    }
    rows.push({ what: "tenant", round, load: loadavg()[0] ?? 0, ...(await measured(place)) });
    console.log(JSON.stringify(rows.at(-1)));
  }
} finally {
  place.remove();
}

async function measured(at: Place) {
  const heap = values.heap === "" ? {} : { FREEHOLD_HEAP_MB: values.heap };
  const young = values.young === "" ? {} : { FREEHOLD_YOUNG_MB: values.young };
  return at.tenant({ memoryMb: Number(values.memory), env: { ...heap, ...young }, turns: Number(values.turns) });
}

mkdirSync(values.out, { recursive: true });
const day = new Date().toISOString().slice(0, 10);
const machine = `${cpus()[0]?.model ?? "?"}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
const name = `${day}-${values.memory}${values.heap === "" ? "" : `-heap-${values.heap}`}`;
writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
writeFileSync(join(values.out, `${name}.md`), page(rows, { machine, day, memoryMb: values.memory, heapMb: values.heap }));
