import { writeFileSync } from "node:fs";
import type { HomeClient } from "../cli/home-client.ts";
import { takeSnapshot, type Snapshot } from "../cli/backups.ts";
import { Failure } from "../cli/failure.ts";
import { untilState } from "../cli/tenants/tenant.ts";
import { certificateOf, enterHome, eventually, mustBeSame, readData, runJob, type Data } from "./guest.ts";
import { bringImages } from "./images.ts";
import { inContainer, loseDisk, removeMachine } from "./machine.ts";
import { emptyBucket, rootCertificate } from "./site.ts";
import { buckets, domain, stackName, type Workspace } from "./workspace.ts";

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
  /** What the tenant wrote in its home. */
  note?: string;
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
  { name: "computer", what: "the owner's computer is lost: the recovery kit alone makes another one the home's", run: computer },
  { name: "kit", what: "machine, volume and the owner's computer lost at once: all comes back by the recovery kit", run: kit },
  { name: "account", what: "all that was at Oracle is lost, its bucket, too: what comes back is Google's daily backup", run: account },
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
  // Written when the home is new, as an owner does it: the later steps use what is old by then.
  await workspace.must("recovery-kit", stackName, "--out", workspace.kit);
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

const tenantId = "ada";
const noteFile = "/home/node/.openclaw/workspace/note.md";

async function tenant(stage: Stage): Promise<void> {
  const [home, authority] = [present(stage.home), present(stage.authority)];
  await home.post("/api/tenants", { id: tenantId });
  // A new one sleeps until somebody comes.
  await untilState(home, tenantId, (now) => now.state !== "provisioning", told(stage));
  await wake(stage);
  const host = `${tenantId}.${domain}`;
  stage.say(`  ${host}: ${await eventually("A certificate of the tenant", () => certificateOf(host, authority))}`);
  stage.note = `Written at ${new Date().toISOString()}.`;
  await asTenant(stage, 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"', noteFile, stage.note);
}

const told = (stage: Stage) => (now: string) => stage.say(`  ${now}`);

async function wake(stage: Stage): Promise<void> {
  const home = present(stage.home);
  await home.post(`/api/tenants/${tenantId}/wake`, {});
  const { state, problem } = await untilState(home, tenantId, (now) => now.state === "awake", told(stage));
  if (state !== "awake") throw new Failure(`The tenant is ${state}: ${problem?.message ?? "no reason given"}`, `Look at the log: ${stage.workspace.log}`);
}

/** What its assistant would do in its home. */
const asTenant = ({ workspace }: Stage, ...script: string[]): Promise<string> =>
  inContainer({ rehearsal: workspace.rehearsal, id: only(workspace, instance) }, `freehold-${stackName}-tenant-${tenantId}`, script);

/** Where there is a tenant it wakes, and has what it wrote. */
async function compareTenant(stage: Stage): Promise<void> {
  if (stage.note === undefined) return;
  await wake(stage);
  mustBeSame({ "the tenant's note": stage.note }, { "the tenant's note": await asTenant(stage, 'cat "$1"', noteFile) });
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
  await compareTenant(stage);
}

async function restore(stage: Stage): Promise<void> {
  await loseAndRestore(stage, {
    backup: (home) => takeSnapshot(home),
    lost: "machine and volume lost",
    lose({ workspace }, { vm, disk }) {
      // A machine that is gone counts no more: else the cloud would refuse another one for its limits.
      for (const id of [vm, disk]) workspace.lose(id);
    },
  });
}

async function computer(stage: Stage): Promise<void> {
  const { workspace, figures } = stage;
  const before = [only(workspace, instance), only(workspace, volume)];
  stage.data = await readData(present(stage.home));
  // On paper: it lacks what Pulumi knows, which is found again in the clouds.
  const printed = await workspace.must("recovery-kit", stackName);
  workspace.loseComputer();
  writeFileSync(workspace.printedKit, printed, { mode: 0o600 });
  const began = Date.now();
  await workspace.must("restore", "--kit", workspace.printedKit);
  await compare(stage);
  figures.push({ what: "time to take the home over on another computer, by its kit", value: seconds(began) });
  if (`${only(workspace, instance)} ${only(workspace, volume)}` !== before.join(" "))
    throw new Failure("The home that ran on got another machine or another volume.", "Look at the log.");
  await compareTenant(stage);
}

async function kit(stage: Stage): Promise<void> {
  await loseAndRestore(stage, {
    backup: (home) => takeSnapshot(home),
    lost: "machine, volume and the owner's computer lost",
    lose({ workspace }, { vm, disk }) {
      for (const id of [vm, disk]) workspace.lose(id);
      workspace.loseComputer();
    },
    comeBack: ["restore", "--kit", stage.workspace.kit],
  });
}

async function account(stage: Stage): Promise<void> {
  await loseAndRestore(stage, {
    backup: (home) => home.post<Snapshot>("/api/backups?target=offsite"),
    lost: "the account at Oracle lost",
    async lose({ workspace }) {
      await emptyBucket(workspace.rehearsal, buckets.hourly);
      workspace.loseAll("oci:");
    },
  });
}

interface Loss {
  backup(home: HomeClient): Promise<Snapshot>;
  lost: string;
  /** What goes besides the machine and the bytes of its volume. */
  lose(stage: Stage, ids: { vm: string; disk: string }): Promise<void> | void;
  /** The command that brings it back, where it is not `up`. */
  comeBack?: readonly string[];
}

/** What was there at the backup is there again; what came after it may be. */
async function loseAndRestore(stage: Stage, { backup, lost, lose, comeBack = ["up", stackName] }: Loss): Promise<void> {
  const { workspace, figures } = stage;
  const home = present(stage.home);
  const { createdAt } = await backup(home);
  stage.data = await readData(home);
  const afterwards = `Job after the backup, ${lost}`;
  await runJob(home, afterwards);
  const lostAt = Date.now();
  const [vm, disk] = [only(workspace, instance), only(workspace, volume)];
  await removeMachine({ rehearsal: workspace.rehearsal, id: vm });
  await loseDisk(workspace.rehearsal, disk);
  await lose(stage, { vm, disk });
  await workspace.must(...comeBack);
  const after = await compare(stage);
  figures.push({ what: `RTO, ${lost}, images brought and not built`, value: seconds(lostAt) });
  const late = Object.keys(after).some((name) => name.startsWith(afterwards));
  const age = ((lostAt - Date.parse(createdAt)) / 1_000).toFixed(0);
  figures.push({ what: `RPO, ${lost}`, value: late ? `0 s: also what came ${age} s after the backup is there` : `at most ${age} s: the age of the backup` });
  await compareTenant(stage);
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
