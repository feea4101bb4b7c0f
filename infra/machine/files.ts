import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineFile } from "../render/cloud-init.ts";

const scripts = ["volume", "firewall", "docker-firewall", "setup", "ready"] as const;

/** Where each file of this folder goes on the machine. */
const places = {
  "daemon.json": "/etc/docker/daemon.json",
  "docker.conf": "/etc/systemd/system/docker.service.d/10-freehold.conf",
  "freehold-setup.service": "/etc/systemd/system/freehold-setup.service",
  "freehold-volume.service": "/etc/systemd/system/freehold-volume.service",
  "sshd.conf": "/etc/ssh/sshd_config.d/10-freehold.conf",
  "apt.conf": "/etc/apt/apt.conf.d/52freehold",
} as const;

const read = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");

/** All files that make a bare Ubuntu a machine for a home. */
export function machineFiles(): MachineFile[] {
  return [
    ...scripts.map((name) => ({ path: `/usr/local/sbin/freehold-${name}`, content: read(`${name}.sh`), executable: true })),
    ...Object.entries(places).map(([name, path]) => ({ path, content: read(name) })),
  ];
}
