import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Expected } from "./expected.ts";
import type { FaultHome } from "./fault-home.ts";
import { noteOf, type RunState } from "./operations.ts";

const goal: Readonly<Record<string, readonly string[]>> = {
  awake: ["awake"],
  asleep: ["asleep"],
  stopped: ["stopped"],
  removed: ["removing", "removed"],
};

interface Seen {
  expected: Expected;
  id: string;
  state: string;
  desired: string;
  memoryMb: number;
  note: string;
}

/** Everything that is not as it was wished, or that is left over. Shape: a sentence each; empty when all is in order. */
export async function disorder(state: RunState): Promise<string[]> {
  const seen = await Promise.all(state.tenants.map((expected) => look(state.home, expected)));
  const wishes = seen.flatMap(wishProblems);
  // Until the tenants themselves are where they shall be there is nothing more to learn.
  if (wishes.length > 0) return wishes;
  const restores = await restoreProblems(state, seen);
  if (restores.length > 0) return restores;
  const awake = seen.filter((one) => one.state === "awake");
  const parts = await Promise.all([
    engineProblems(state.home, awake),
    routeProblems(state.home, seen),
    state.home.missing(state.snapshots.map(({ snapshot }) => snapshot)),
  ]);
  const lost = parts[2].map((id) => `The snapshot ${id} was confirmed and is not in the bucket.`);
  const problems = [...parts[0], ...parts[1], ...lost, ...keyProblems(state.home, seen), ...folderProblems(state.home, seen), ...seen.flatMap(noteProblems)];
  if (problems.length === 0) for (const one of seen) one.expected.found(one);
  return problems;
}

async function look(home: FaultHome, expected: Expected): Promise<Seen> {
  const { id } = expected;
  const { status, body } = await home.manager.call(`/tenants/${id}`);
  if (status !== 200) throw new Error(`The manager answers ${status} for ${id}.`);
  return { expected, id, state: String(body["state"]), desired: String(body["desired"]), memoryMb: Number(body["memoryMb"]), note: await noteOf(home, id) };
}

function wishProblems({ expected, id, state, desired, memoryMb }: Seen): string[] {
  const list = (values: ReadonlySet<unknown>) => [...values].join(" or ");
  return [
    ...(expected.desired.has(desired) ? [] : [`${id} shall be ${desired}, but ${list(expected.desired)} was confirmed.`]),
    ...(goal[desired]?.includes(state) === true ? [] : [`${id} is ${state} and shall be ${desired}.`]),
    ...(expected.memoryMb.has(memoryMb) ? [] : [`${id} has ${memoryMb} MB, but ${list(expected.memoryMb)} was confirmed.`]),
  ];
}

const noteProblems = ({ expected, id, state, note }: Seen): string[] =>
  state === "removed" || expected.atRest.has(note) ? [] : [`The home of ${id} says "${note}" and not "${[...expected.atRest].join('" or "')}".`];

async function restoreProblems({ home }: RunState, seen: readonly Seen[]): Promise<string[]> {
  const { body } = await home.askBackup("/restores");
  const restores = (body["restores"] ?? []) as { id: string; into: string; state: string; problem: { message: string } | null }[];
  const here = new Map(seen.map((one) => [one.id, one]));
  return restores
    .filter(({ into, state }) => here.has(into) && state !== "done" && !(state === "failed" && here.get(into)?.desired === "removed"))
    .map(({ id, state, problem }) => `The restore ${id} is ${state}: ${problem?.message ?? "no problem"}.`);
}

async function engineProblems(home: FaultHome, awake: readonly Seen[]): Promise<string[]> {
  const members = ["edge", "gateway", "egress"].map((name) => home.name(name));
  const tenants = awake.map(({ id }) => home.name(`tenant-${id}`));
  const containers = await home.docker.lines("ps", "--all", "--format", "{{.Names}} {{.State}}");
  const networks = (await home.docker.lines("network", "ls", "--filter", "driver=bridge", "--format", "{{.Name}} br-{{.ID}}")).map((line) => line.split(" "));
  const volumes = await home.docker.lines("volume", "ls", "--format", "{{.Name}}");
  const joined = await Promise.all(
    tenants.map((name) => home.docker.lines("network", "inspect", "--format", "{{range .Containers}}{{println .Name}}{{end}}", name).catch(() => [])),
  );
  const bridges = networks.map(([, bridge]) => bridge ?? "");
  return [
    ...differences(
      "container",
      containers,
      [...members, ...tenants].map((name) => `${name} running`),
    ),
    ...differences(
      "network",
      networks.map(([name]) => name ?? ""),
      [home.name("core"), ...tenants],
    ),
    ...differences(
      "bridge",
      home.docker.bridges().filter((bridge) => bridges.includes(bridge) || !home.docker.isLeftByKill(bridge)),
      bridges,
    ),
    ...differences("volume", volumes, [home.name("tenants"), home.name("edge")]),
    ...tenants.flatMap((name, index) => differences(`member of ${name}`, joined[index] ?? [], [...members, name])),
  ];
}

function differences(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  return [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `There is a ${what} of nobody: ${one}.`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `There is no ${what} ${one}.`),
  ];
}

/** Who is awake is reached through Caddy by its own token, and nobody is where a removed one was. */
async function routeProblems(home: FaultHome, seen: readonly Seen[]): Promise<string[]> {
  const known = seen.filter(({ expected, state }) => expected.token !== undefined && ["awake", "removed"].includes(state));
  const found = await Promise.all(
    known.map(async ({ expected, id, state }) => {
      const [status, door] = await Promise.all([home.page(id, expected.token ?? ""), home.manager.call(`/doors/${id}.localhost`)]);
      if (state === "awake") return status === 200 ? [] : [`The page of ${id} answers ${status}.`];
      return [
        ...(status === 200 ? [`${id} is removed, and its page answers.`] : []),
        ...(door.status === 404 ? [] : [`${id} is removed, and its door is there.`]),
      ];
    }),
  );
  return found.flat();
}

/** No key at the gateway belongs to a tenant that is gone, and none has two. */
function keyProblems({ neighbours }: FaultHome, seen: readonly Seen[]): string[] {
  const keys = [...neighbours.keys.values()].map(({ name }) => name);
  return seen.flatMap(({ id, state }) => {
    const count = keys.filter((name) => name === `tenant/${id}`).length;
    // One that was removed before its home was made never had a key.
    const right = state === "removed" ? [0] : state === "removing" ? [0, 1] : [1];
    return right.includes(count) ? [] : [`${id} is ${state} and has ${count} keys.`];
  });
}

function folderProblems({ tenants }: FaultHome, seen: readonly Seen[]): string[] {
  const parts = existsSync(join(tenants, ".restore")) ? readdirSync(join(tenants, ".restore")).filter((name) => !name.endsWith(".json")) : [];
  return [
    ...parts.map((name) => `What was fetched for a restore is left: ${name}.`),
    ...seen.flatMap(({ id, state }) => (state === "removed" && existsSync(join(tenants, id)) ? [`${id} is removed, and its home is there.`] : [])),
  ];
}
