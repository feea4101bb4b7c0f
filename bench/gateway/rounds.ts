import { cells, type Cell, type Tempo } from "./cells.ts";
import { startContender, type Contender, type ContenderName, type Surroundings } from "./contenders.ts";
import { calm } from "./pinned.ts";
import { heat, measureCell, measureMemory, wake, type Bench } from "./load.ts";
import type { MemorySample, Sample } from "./samples.ts";

export interface Measured {
  samples: Sample[];
  memory: MemorySample[];
  versions: Record<string, string>;
  startMs: Record<string, number>;
  missing: Record<string, string>;
}

export interface Task {
  names: readonly ContenderName[];
  tempo: Tempo;
  cells: readonly Cell[];
  around: Surroundings;
  bench: Bench;
  say: (line: string) => void;
}

interface Entrant extends Contender {
  isSlow: boolean;
}

/** Starts the contenders, measures them cell by cell and round by round, and ends them. */
export async function measureAll(task: Task): Promise<Measured> {
  const { contenders, missing } = await startAll(task);
  try {
    const samples = await runRounds(task, contenders);
    // A run of some kinds of load alone looks at these.
    const memory = task.cells.length === cells.length ? await runMemory(task, contenders) : [];
    const gateways = contenders.filter(({ process }) => process !== undefined);
    const versions = Object.fromEntries(gateways.map(({ name, version }) => [name, version]));
    return { samples, memory, versions, startMs: Object.fromEntries(gateways.map(({ name, startMs }) => [name, startMs])), missing };
  } finally {
    for (const contender of contenders) await contender.close();
  }
}

/** All are started once and lie frozen while another is measured: a start costs a peer seconds, and neighbours in time share the machine's noise. */
async function startAll({ names, around, bench, tempo, say }: Task): Promise<{ contenders: Entrant[]; missing: Record<string, string> }> {
  const contenders: Entrant[] = [];
  const missing: Record<string, string> = { ...around.tools.missing };
  for (const name of names) {
    if (missing[name] !== undefined) continue;
    say(`starting ${name}`);
    try {
      const contender = await startContender(name, around);
      const entrant = { ...contender, isSlow: false };
      contenders.push(entrant);
      entrant.isSlow = (await heat(bench, contender, tempo.heatMs)) < 100;
      contender.process?.freeze();
    } catch (fault) {
      if (name !== "freehold") missing[name] = (fault as Error).message;
      else {
        for (const contender of contenders) await contender.close();
        throw fault;
      }
    }
  }
  return { contenders, missing };
}

async function runRounds({ bench, tempo, cells: asked, say }: Task, contenders: readonly Entrant[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  let longest = 0;
  for (let round = 1; round <= tempo.rounds && performance.now() - began + longest < tempo.budgetMs; round++) {
    const roundBegan = performance.now();
    for (const cell of asked) {
      await calm(tempo.calmMs);
      const entrants = turned(contenders, round).filter(({ name }) => !cell.isRepeated || name.startsWith("freehold"));
      for (const contender of entrants) {
        const timing = { cell, round, warmMs: tempo.warmMs, runMs: contender.isSlow ? tempo.slowRunMs : tempo.runMs };
        samples.push(await awake(contender, () => measureCell(bench, contender, timing)));
      }
      say(
        `round ${round}, ${cell.name}: ${samples
          .slice(samples.length - entrants.length)
          .map(brief)
          .join(", ")}`,
      );
    }
    longest = Math.max(longest, performance.now() - roundBegan);
  }
  return samples;
}

const brief = ({ contender, perSecond, cpuMsPer1000, errors }: Sample): string =>
  `${contender} ${Math.round(perSecond)}/s${cpuMsPer1000 === undefined ? "" : ` at ${Math.round(cpuMsPer1000)} ms`}${errors > 0 ? ` with ${errors} ERRORS` : ""}`;

/** Each round begins with another contender, so that none always comes after the same one. */
const turned = <T>(all: readonly T[], by: number): T[] => [...all.slice(by % all.length), ...all.slice(0, by % all.length)];

async function runMemory({ bench, tempo, say }: Task, contenders: readonly Contender[]): Promise<MemorySample[]> {
  const memory: MemorySample[] = [];
  for (const contender of contenders) {
    if (contender.process === undefined) continue;
    const found = await awake(contender, () => measureMemory(bench, contender, tempo));
    say(`slow streams: ${contender.name} holds ${found.opened} with ${Math.round(found.heldMb)} MB`);
    memory.push(found);
  }
  return memory;
}

async function awake<T>(contender: Contender, work: () => Promise<T>): Promise<T> {
  contender.process?.thaw();
  try {
    await wake(contender);
    return await work();
  } finally {
    contender.process?.freeze();
  }
}
