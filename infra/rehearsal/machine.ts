import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { addresses } from "./addresses.ts";
import { docker, dockerTry } from "./docker.ts";
import { disksOf, images, labelOf } from "./site.ts";

export interface Machine {
  /** The rehearsal that it belongs to. */
  rehearsal: string;
  /** Its id in the simulated cloud. */
  id: string;
  /** Shape: text for cloud-init. */
  userData: string;
  authorizedKeys: readonly string[];
  memoryGb: number;
  ocpus: number;
}

type Which = Pick<Machine, "rehearsal" | "id">;

export const containerOf = ({ rehearsal, id }: Which): string => `${rehearsal}-${id}`;

/**
 * systemd and a Docker of its own: for both a container must be able to do what a machine can. Not `--privileged`: of this computer's
 * devices it is to reach none but loops, which its disks are.
 */
const powers = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_BOOT", "SYS_NICE", "SYSLOG", "IPC_LOCK", "AUDIT_CONTROL", "DAC_READ_SEARCH"];
const rights = [
  ...powers.map((power) => `--cap-add=${power}`),
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].map((option) => `--security-opt=${option}`),
  ...["b 7:* rwm", "c 10:237 rwm"].map((rule) => `--device-cgroup-rule=${rule}`),
  "--cgroupns=private",
  "--tmpfs=/run:rw,exec,nosuid,nodev,mode=755,size=1g",
  "--tmpfs=/run/lock",
];

/** Makes a VM and switches it on; what it does from then on is cloud-init's. One of that id which a cut-off run left is taken away first. */
export async function startMachine(machine: Machine): Promise<void> {
  const { rehearsal, memoryGb, ocpus } = machine;
  const container = containerOf(machine);
  await dockerTry("rm", "--force", "--volumes", container);
  const size = ["--memory", `${memoryGb}g`, "--memory-swap", `${memoryGb}g`, "--cpus", String(Math.min(ocpus, availableParallelism()))];
  const place = ["--network", rehearsal, "--hostname", "home", "--env", `CLOUD_ADDRESS=${addresses.internet}`];
  const disks = ["--volume", `${disksOf(rehearsal)}:/rehearsal`];
  await docker("create", "--name", container, "--label", labelOf(rehearsal), ...size, ...place, ...rights, ...disks, images.vm);
  await giveMetadata(container, machine);
  await docker("start", container);
}

/** What Oracle's metadata service would tell cloud-init. */
async function giveMetadata(container: string, { id, userData, authorizedKeys }: Machine): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "freehold-seed-"));
  try {
    writeFileSync(join(folder, "user-data"), userData);
    // JSON is YAML.
    writeFileSync(join(folder, "meta-data"), JSON.stringify({ "instance-id": id, "local-hostname": "home", "public-keys": authorizedKeys }));
    await docker("cp", `${folder}/.`, `${container}:/var/lib/cloud/seed/nocloud`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** At once and without a warning, as a cloud does it. */
export async function removeMachine(machine: Which): Promise<void> {
  await dockerTry("rm", "--force", "--volumes", containerOf(machine));
}

/** Shape: as Oracle calls it. */
export async function stateOf(machine: Which): Promise<"RUNNING" | "STOPPED" | "TERMINATED"> {
  const running = await dockerTry("inspect", "--format", "{{.State.Running}}", containerOf(machine));
  if (running === undefined) return "TERMINATED";
  return running === "true" ? "RUNNING" : "STOPPED";
}

export async function switchMachine(machine: Which, on: boolean): Promise<void> {
  await docker(...(on ? ["start"] : ["stop", "--time", "20"]), containerOf(machine));
}

/** A second address, as the one that Oracle leads to a machine's own. Before `init` is through, the card's own would change under it and it would not be found. */
export async function giveAddress(machine: Which, address: string): Promise<void> {
  const ready = "until [ -d /run/rehearsal/disks ]; do sleep 0.1; done";
  await docker("exec", containerOf(machine), "sh", "-c", `${ready}; ip address replace ${address}/24 dev eth0`);
}

/** Runs a script in a container of the home. Shape: the script, then its arguments. */
export async function inContainer(machine: Which, container: string, [script, ...argv]: readonly string[]): Promise<string> {
  return docker("exec", containerOf(machine), "docker", "exec", container, "sh", "-c", script ?? "", "sh", ...argv);
}

/** Plugs a disk in. A disk that was never used is made: a file full of nothing, of that size. */
export async function attachDisk(machine: Which, volume: string, sizeGb: number): Promise<void> {
  const file = `/rehearsal/disks/${volume}`;
  const container = containerOf(machine);
  await docker("exec", container, "sh", "-c", `mkdir -p /rehearsal/disks && { [ -e ${file} ] || truncate --size ${sizeGb}G ${file}; }`);
  await docker("exec", "--detach", container, "/usr/local/lib/rehearsal/attach", file, volume);
}

export async function detachDisk(machine: Which): Promise<void> {
  if ((await stateOf(machine)) !== "RUNNING") return;
  await docker("exec", containerOf(machine), "/usr/local/lib/rehearsal/detach");
}

/** Takes a volume's bytes away, as a cloud that has lost them. */
export async function loseDisk(rehearsal: string, volume: string): Promise<void> {
  await docker(
    "run",
    "--rm",
    "--entrypoint",
    "rm",
    "--label",
    labelOf(rehearsal),
    "--volume",
    `${disksOf(rehearsal)}:/rehearsal`,
    images.vm,
    "-f",
    `/rehearsal/disks/${volume}`,
  );
}
