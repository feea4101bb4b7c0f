import { setTimeout as delay } from "node:timers/promises";
import type { FaultHome } from "./fault-home.ts";
import type { Fault, FaultKind } from "./scenario.ts";

type Break = (home: FaultHome, fault: Fault, tenant: string) => Promise<void>;

/** The moment is the seed's: it stands for whatever happens to be under way then. */
const moment = (ms: number) => delay(ms);

async function killBackup(home: FaultHome, { awayMs }: Fault): Promise<void> {
  await home.killBackup();
  await moment(awayMs);
  await home.startBackup();
}

const engine =
  (signal: "SIGKILL" | "SIGTERM"): Break =>
  async (home, { awayMs, keepsContainers }) => {
    await home.docker.stop(signal);
    await moment(awayMs);
    await home.docker.start(keepsContainers);
    await home.edgeAnswers();
  };

/** A container's first process is killed as the kernel would, so that the engine does not take it for a wish. */
async function killInside(home: FaultHome, container: string): Promise<void> {
  const pid = Number(await home.docker.docker("inspect", "--format", "{{.State.Pid}}", container).catch(() => "0"));
  if (pid > 0) process.kill(pid, "SIGKILL");
}

const breaks: Record<FaultKind, Break> = {
  "manager-killed": async (home, { awayMs }) => {
    await home.manager.kill();
    await moment(awayMs);
    await home.manager.start();
  },
  "backup-killed": killBackup,
  "backup-killed-at-request": async (home, fault) => {
    // Where no backup or restore is under way no request comes.
    await Promise.race([home.bucket.nth(fault.requests), moment(5_000)]);
    await killBackup(home, fault);
  },
  "docker-killed": engine("SIGKILL"),
  "docker-restarted": engine("SIGTERM"),
  "caddy-killed": async (home) => {
    await killInside(home, home.name("edge"));
    await home.edgeAnswers();
  },
  "caddy-restarted": async (home) => {
    await home.docker.docker("restart", "--time", "2", home.name("edge"));
    await home.edgeAnswers();
  },
  "caddy-made-anew": (home) => home.startEdge(),
  "tenant-killed": (home, _fault, tenant) => killInside(home, home.name(`tenant-${tenant}`)),
  "tenant-removed": async (home, _fault, tenant) => {
    await home.docker.docker("rm", "--force", home.name(`tenant-${tenant}`)).catch(() => undefined);
  },
  bucket: async (home, { error, requests, awayMs }) => {
    if (error !== "away") return home.bucket.fail(error, 1 + (requests % 6));
    await home.bucket.stop();
    await moment(awayMs);
    await home.bucket.start();
  },
};

export async function breakThings(home: FaultHome, fault: Fault, tenant: string): Promise<void> {
  await moment(fault.afterMs);
  await breaks[fault.kind](home, fault, tenant);
}
