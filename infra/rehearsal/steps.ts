import type { HomeClient } from "../cli/home-client.ts";
import { takeSnapshot, type Snapshot } from "../cli/backups.ts";
import { Failure } from "../cli/failure.ts";
import { untilState } from "../cli/tenants/tenant.ts";
import { certificateOf, enterHome, eventually, mustBeSame, readData, runJob, type Data } from "./guest.ts";
import { bringImages } from "./images.ts";
import { loseDisk, removeMachine } from "./machine.ts";
import { rootCertificate } from "./site.ts";
import { domain, stackName, type Workspace } from "./workspace.ts";

/** What the steps of a rehearsal hand to one another. */
export interface Stage {
  workspace: Workspace;
  /** Faults that strike at the first `up`. Shape: as the simulated clouds take them. */
  faults: string;
  say(line: string): void;
  figures: { what: string; value: string }[];
  home?: HomeClient;
  /** The certificate of the authority that signs for everything outside. */
  authority?: string;
  data?: Data;
}

export interface Step {
  name: string;
  what: string;
  run(stage: Stage): Promise<void>;
}

const instance = "oci:Core/instance:Instance";
const volume = "oci:Core/volume:Volume";
const seconds = (sinceMs: number) => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;

/** In the order in which they need one another. */
export const steps: readonly Step[] = [
  { name: "up", what: "a home from nothing: network, machine, buckets, names, certificates, services", run: up },
  { name: "again", what: "a second preview changes nothing", run: again },
  { name: "status", what: "status shows every service well", run: async ({ workspace }) => void (await workspace.must("status", stackName)) },
  { name: "job", what: "a job runs, by the rehearsal model, and leaves a file", run: job },
  { name: "tenant", what: "a tenant wakes up, and its name has a certificate of the test authority", run: tenant },
  { name: "recreate", what: "down, and up on a new machine with the old volume: the same data", run: recreate },
  { name: "restore", what: "machine and volume lost at once: the newest backup is restored before services start", run: restore },
];

async function up(stage: Stage): Promise<void> {
  const { workspace, figures, say } = stage;
  const authority = await eventually("A test authority for certificates", () => rootCertificate(workspace.rehearsal), 60_000);
  const tags = await plannedImages(workspace);
  const brought = await bringImages(workspace.rehearsal, tags, authority);
  say(`  ${brought} of ${tags.length} images are brought from this computer; the machine builds the others.`);
  if (stage.faults !== "") await workspace.startClouds(stage.faults);
  const began = Date.now();
  await upUntilConverged(stage);
  const home = await enter(stage, authority);
  stage.home = home;
  stage.authority = authority;
  figures.push({ what: "time to up, images brought and not built", value: seconds(began) });
}

/** A fault may end one `up` with a clear error; the next one has to go on from there. */
async function upUntilConverged({ workspace, faults, say }: Stage): Promise<void> {
  const first = await workspace.freehold("up", stackName);
  if (first.code === 0) return;
  if (faults === "")
    throw new Failure(
      `\`freehold up\` ended with ${first.code}:\n${first.said.trimEnd().split("\n").slice(-25).join("\n")}`,
      `The whole log: ${workspace.log}`,
    );
  say(`  The fault ended the first up: ${first.said.trimEnd().split("\n").slice(-3).join(" ").slice(0, 300)}`);
  await workspace.must("up", stackName);
}

async function plannedImages(workspace: Workspace): Promise<string[]> {
  const said = await workspace.must("preview", stackName, "--diff");
  return [...new Set([...said.matchAll(/freehold\/[a-z-]+:[0-9a-f]{12}/g)].map(([tag]) => tag))];
}

async function enter({ workspace }: Stage, authority: string): Promise<HomeClient> {
  const home = enterHome(workspace.key, authority);
  await eventually("An answer of the console, with a certificate of the test authority,", async () => home.get<object>("/api/jobs?limit=1"));
  return home;
}

async function again({ workspace }: Stage): Promise<void> {
  await workspace.must("preview", stackName, "--expect-no-changes");
}

async function job(stage: Stage): Promise<void> {
  const home = present(stage.home);
  await runJob(home, "First job");
  stage.data = await readData(home);
}

async function tenant(stage: Stage): Promise<void> {
  const [home, authority] = [present(stage.home), present(stage.authority)];
  const reached = (now: string) => stage.say(`  ${now}`);
  await home.post("/api/tenants", { id: "ada" });
  // A new one sleeps until somebody comes.
  await untilState(home, "ada", (now) => now.state !== "provisioning", reached);
  await home.post("/api/tenants/ada/wake", {});
  const { state, problem } = await untilState(home, "ada", (now) => now.state === "awake", reached);
  if (state !== "awake") throw new Failure(`The tenant is ${state}: ${problem?.message ?? "no reason given"}`, `Look at the log: ${stage.workspace.log}`);
  const host = `ada.${domain}`;
  stage.say(`  ${host}: ${await eventually("A certificate of the tenant", () => certificateOf(host, authority))}`);
}

async function recreate(stage: Stage): Promise<void> {
  const { workspace, figures } = stage;
  const [before, disk] = [only(workspace, instance), only(workspace, volume)];
  const home = present(stage.home);
  await runJob(home, "Last job before the machine goes");
  stage.data = await readData(home);
  const wroteAt = Date.now();
  await workspace.must("down", stackName);
  if (workspace.resources(instance).length > 0) throw new Failure("The machine is still there after `down`.", "Look at the log.");
  const [began, age] = [Date.now(), seconds(wroteAt)];
  await workspace.must("up", stackName);
  await compare(stage);
  figures.push({ what: "RTO, machine gone and volume kept", value: seconds(began) });
  // Had it lost the last job, the comparison would have said so.
  figures.push({ what: "RPO, machine gone and volume kept", value: `0 s: also what came at most ${age} before the machine went is there` });
  if (only(workspace, instance) === before || only(workspace, volume) !== disk)
    throw new Failure("It is not a new machine with the old volume.", "Look at the log.");
}

async function restore(stage: Stage): Promise<void> {
  const { workspace, figures } = stage;
  const home = present(stage.home);
  const { createdAt } = await takeSnapshot(home);
  const kept = await readData(home);
  await runJob(home, "Job after the backup");
  const lostAt = Date.now();
  const [vm, disk] = [only(workspace, instance), only(workspace, volume)];
  await removeMachine({ rehearsal: workspace.rehearsal, id: vm });
  await loseDisk(workspace.rehearsal, disk);
  // A machine that is gone counts no more: else the cloud would refuse another one for its limits.
  for (const id of [vm, disk]) workspace.lose(id);
  stage.data = kept;
  await workspace.must("up", stackName);
  const after = await compare(stage);
  figures.push({ what: "RTO, machine and volume lost, images brought and not built", value: seconds(lostAt) });
  const late = Object.keys(after).some((name) => name.startsWith("Job after the backup"));
  const age = ((lostAt - Date.parse(createdAt satisfies Snapshot["createdAt"])) / 1_000).toFixed(0);
  figures.push({
    what: "RPO, machine and volume lost",
    value: late ? `0 s: also what came ${age} s after the backup is there` : `at most ${age} s: the age of the backup`,
  });
}

/** The home answers, with everything that it had. */
async function compare(stage: Stage): Promise<Data> {
  const home = present(stage.home);
  const after = await eventually("An answer of the home that came back", () => readData(home));
  mustBeSame(stage.data ?? {}, after);
  return after;
}

function only(workspace: Workspace, type: string): string {
  const found = workspace.resources(type);
  if (found.length !== 1) throw new Failure(`There are ${found.length} of ${type} in the simulated cloud instead of one.`, "Look at the log.");
  return (found[0] as { id: string }).id;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Failure("This step needs those before it.", "Name it with --only: what it needs runs first.");
  return value;
}
