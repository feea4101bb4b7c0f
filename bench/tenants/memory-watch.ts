import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { median } from "./https-report.ts";
import { memoryMbOf } from "./plain.ts";
import type { WholeHome } from "./whole-home.ts";

export interface MemoryFigures {
  readings: number;
  /** The most that tenants used together, and the home's services. Units: MB. */
  tenantsPeakMb: number;
  servicesPeakMb: number;
  /** The most that the limits of tenants' containers came to at one time. Units: MB. */
  capsPeakMb: number;
  mostAwake: number;
  /** Containers of this home that the kernel had to stop. */
  outOfMemory: number;
  /** How many processes wanted a CPU at one time, this run's and others'. */
  load: { median: number; most: number };
}

export interface MemoryWatch {
  /** What each uses when its start has died away. Units: MB. */
  settled(ids: readonly string[]): Promise<number[]>;
  end(): Promise<MemoryFigures>;
}

const everyMs = 4_000;

/** Reads all containers of a home, every few seconds, until it is ended. */
export function watchMemory(home: WholeHome): MemoryWatch {
  const since = Math.floor(Date.now() / 1_000);
  const ended = new AbortController();
  const most: MemoryFigures = { readings: 0, tenantsPeakMb: 0, servicesPeakMb: 0, capsPeakMb: 0, mostAwake: 0, outOfMemory: 0, load: { median: 0, most: 0 } };
  const loads: number[] = [];
  const reading = (async () => {
    while (!ended.signal.aborted) {
      loads.push(loadavg()[0] ?? 0);
      await read(home, most);
      await delay(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    async settled(ids) {
      await delay(20_000);
      return Promise.all(ids.map((id) => memoryMbOf(home.box, home.box.nameOf(id))));
    },
    async end() {
      ended.abort();
      await reading;
      const load = { median: Math.round(median(loads)), most: Math.round(Math.max(...loads)) };
      return { ...most, load, outOfMemory: outOfMemory(home.box.prefix, since) };
    },
  };
}

async function read({ box, services }: WholeHome, most: MemoryFigures): Promise<void> {
  const listed = await box.engine.list({ "freehold.tenant": null, "freehold.stack": box.prefix.replace(/^freehold-/, "") });
  const running = listed.filter(({ State }) => State === "running").map(({ Id }) => Id);
  // One may have gone between the listing and now.
  const [tenants, others] = await Promise.all([running, services].map((names) => Promise.all(names.map((name) => memoryMbOf(box, name).catch(() => 0)))));
  const limits = await Promise.all(running.map(async (id) => (await box.engine.inspect(id))?.HostConfig.Memory ?? 0));
  most.readings += 1;
  most.tenantsPeakMb = Math.max(most.tenantsPeakMb, sum(tenants ?? []));
  most.servicesPeakMb = Math.max(most.servicesPeakMb, sum(others ?? []));
  most.mostAwake = Math.max(most.mostAwake, running.length);
  most.capsPeakMb = Math.max(most.capsPeakMb, Math.round(sum(limits) / 2 ** 20));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Docker says of each container when the kernel killed a process in it for its memory. */
function outOfMemory(prefix: string, since: number): number {
  const until = Math.ceil(Date.now() / 1_000) + 1;
  const argv = ["events", "--since", String(since), "--until", String(until), "--filter", "event=oom", "--format", "{{.Actor.Attributes.name}}"];
  const said = execFileSync("docker", argv, { encoding: "utf8", timeout: 60_000 });
  return said.split("\n").filter((name) => name.startsWith(prefix)).length;
}
