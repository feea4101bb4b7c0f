import { randomUUID } from "node:crypto";
import type { Log } from "@freehold/kernel/log";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { bind, hardening } from "../container-plan.ts";
import { FrameReader } from "../docker-frames.ts";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import { labels, stackOf, type BoxPlace } from "./box-place.ts";
import type { KeeperAnswer, KeeperWork } from "./keeper/work.ts";

/** Work on tenants' folders, each piece in a container of its own: this service is root without any capability, and can't open what uid 1000 owns. */
export interface Keepers {
  /** `folder` is relative to the volume and all that the container sees of it; the whole volume unless given. Throws: `tenant.*`, `docker.*`. */
  run(work: KeeperWork, folder?: string): Promise<Record<string, unknown>>;
  /** Removes what a manager that was killed has left, or what could not be removed while the engine was away. */
  removeLeft(): Promise<void>;
}

const memoryMb = 256;
const timeoutMs = 600_000;
const answerBytes = 1_048_576;

export function createKeepers({ engine, place, log }: { engine: Engine; place: BoxPlace; log: Log }): Keepers {
  const own = new Set<string>();
  return {
    run: async (work, folder) => {
      const name = `${place.prefix}-keeper-${randomUUID()}`;
      own.add(name);
      try {
        const seen = folder === undefined ? undefined : `${await engine.mountpoint(place.volume)}/${folder}`;
        await engine.create(planKeeper({ name, work, ...(seen === undefined ? {} : { folder: seen }) }, place));
        await engine.start(name);
        return doneOf(await outputOf(engine, name), await engine.inspect(name), work);
      } finally {
        // Where the engine is away just now it stays, and is one of those that were left.
        await engine.remove(name).finally(() => own.delete(name));
      }
    },
    removeLeft: async () => {
      const found = await engine.list({ [labels.stack]: stackOf(place.prefix), [labels.keeper]: null });
      for (const name of found.flatMap((info) => info.Names.slice(0, 1).map((one) => one.replace(/^\//, ""))).filter((one) => !own.has(one))) {
        await engine.remove(name);
        log.info("keeper.left-removed", { name });
      }
    },
  };
}

/** Everything that Docker is told about a keeper: a job's hardening, no network, and one folder. */
export function planKeeper({ name, work, folder }: { name: string; work: KeeperWork; folder?: string }, place: BoxPlace): ContainerCreateOptions {
  // A volume that nobody has used yet takes over the owner of the image's folder; a bind mount would leave it to root.
  const all = { Type: "volume" as const, Source: place.volume, Target: "/data", ReadOnly: false };
  return {
    name,
    Image: place.keeperImage,
    Hostname: "keeper",
    User: "1000:1000",
    WorkingDir: "/app",
    Cmd: ["node", "runtime/manager/src/box/keeper/main.ts", JSON.stringify(work)],
    Labels: { [labels.stack]: stackOf(place.prefix), [labels.keeper]: work.do },
    HostConfig: { ...hardening({ memoryMb, cpus: 1, pids: 64 }), Mounts: [folder === undefined ? all : bind(folder, "/data", false)], NetworkMode: "none" },
  };
}

/** What it wrote to stdout and, for its failures, to stderr. */
async function outputOf(engine: Engine, name: string): Promise<{ stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const reader = new FrameReader();
  for await (const chunk of await engine.logs(name, { follow: true, signal: AbortSignal.timeout(timeoutMs) }))
    for (const { source, payload } of reader.push(chunk)) if (said[source].length < answerBytes) said[source] += payload.toString("utf8");
  return said;
}

const codes = { "folder-missing": "tenant.folder-missing", damaged: "tenant.home-damaged", io: "tenant.home-failed" } as const;

function doneOf(said: { stdout: string; stderr: string }, info: ContainerInspectInfo | undefined, work: KeeperWork): Record<string, unknown> {
  const answer = answerIn(said.stdout);
  if (answer === undefined)
    throw fault("tenant.home-failed", `The step ${work.do} on a tenant's home ended with code ${info?.State.ExitCode ?? "?"}: ${said.stderr.slice(-500)}`);
  if ("failed" in answer) throw fault(codes[answer.failed.code], `The step ${work.do} on a tenant's home failed: ${answer.failed.message}.`);
  return answer.done;
}

function answerIn(stdout: string): KeeperAnswer | undefined {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith("{") ? (JSON.parse(line) as KeeperAnswer) : undefined;
}
