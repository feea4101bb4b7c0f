import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { slotSubnet } from "../../infra/slot-subnet.ts";

/** Docker's command line, as text. Throws: with Docker's own message. */
export const docker = (...argv: string[]): string => execFileSync("docker", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/** What job containers need of a home: a volume with the jobs' folders and an internal network per slot, under a name of their own. */
export interface JobPlace {
  prefix: string;
  volume: string;
  networks: string[];
  /** The volume's folder on this machine. */
  folder: string;
  /** Makes a job's folders as the worker does. */
  makeJob(jobId?: string): string;
  /** Writes a file into a job's folder. */
  write(jobId: string, path: string, text: string): void;
  containers(): string[];
  removeContainers(): void;
  remove(): void;
}

export function createJobPlace(area: string, slots: number): JobPlace {
  const prefix = `freehold-test-${area}-${randomUUID().slice(0, 8)}`;
  const volume = docker("volume", "create", `${prefix}-jobs`);
  const networks = Array.from({ length: slots }, (_, index) => `${prefix}-job-${index + 1}`);
  // Docker's own ranges would not do for thirty networks.
  const range = slots > 20 ? "10.213.0.0/23" : undefined;
  for (const [index, network] of networks.entries()) {
    const subnet = slotSubnet(range, index + 1);
    docker("network", "create", "--internal", ...(subnet === undefined ? [] : ["--subnet", subnet]), network);
  }
  const folder = docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume);
  chownSync(folder, 1_000, 1_000);
  const containers = () => docker("ps", "--all", "--quiet", "--filter", `name=^${prefix}-`).split("\n").filter(Boolean);
  const removeContainers = () => {
    const left = containers();
    if (left.length > 0) docker("rm", "--force", "--volumes", ...left);
  };
  return {
    prefix,
    volume,
    networks,
    folder,
    containers,
    makeJob: (jobId = randomUUID()) => {
      for (const name of ["", "workspace", "claude", "input", "data", "instructions"]) {
        mkdirSync(join(folder, jobId, name), { recursive: true });
        chownSync(join(folder, jobId, name), 1_000, 1_000);
      }
      return jobId;
    },
    write: (jobId, path, text) => writeFileSync(join(folder, jobId, path), text),
    removeContainers,
    remove: () => {
      removeContainers();
      for (const network of networks) docker("network", "rm", network);
      docker("volume", "rm", volume);
    },
  };
}
