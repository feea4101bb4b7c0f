import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Secret } from "@freehold/kernel/secret";
import { Restic, type ResticSettings } from "../restic.ts";
import { CheckPlan } from "./check-plan.ts";
import { openDoor } from "./door.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { Meter } from "./meter.ts";
import { classOf } from "./operations.ts";
import { kindOf, type TargetSettings } from "./target-settings.ts";

/** A place of snapshots, ready to be used. */
export interface Target {
  name: string;
  settings: TargetSettings;
  restic: Restic;
  /** With the right to delete; undefined when there is no credential that has it. */
  pruner: Restic | undefined;
  meter: Meter;
  /** When the repository is to be checked again. */
  checks: CheckPlan;
}

export interface TargetPlace {
  key: Secret;
  cacheDir: string;
  temporaryDir: string;
  /** Keeps the counts. */
  metersDir: string;
  /** A restore by hand, beside the service: each process has a file of counts that it alone writes. */
  byHand: boolean;
  /** Units: milliseconds. */
  timeoutMs: number;
  log: Log;
  clock: Clock;
}

type OnClose = (closer: () => Promise<void>) => void;
type Access = ResticSettings["access"];

/** Opens the way to a target; every request on it is counted. `onClose` takes what must be ended. */
export async function openTarget(settings: TargetSettings, place: TargetPlace, onClose: OnClose): Promise<Target> {
  const { name, repository } = settings;
  const files = { service: join(place.metersDir, `${name}.json`), byHand: join(place.metersDir, `${name}.by-hand.json`) };
  const meter = await Meter.open(place.byHand ? { own: files.byHand } : { own: files.service, beside: files.byHand }, place.clock, place.log);
  onClose(() => meter.flush());
  const kept = new KeptAnswers(place.clock);
  const way = await openWay(settings, { meter, kept }, onClose);
  const own = { name, repository, ...place, onFailure: () => kept.forget() };
  const restic = new Restic({ ...own, access: joined(way, await writerAccess(settings)) });
  const pruning = await prunerAccess(settings);
  const pruner = pruning === undefined ? (settings.mayDelete ? restic : undefined) : new Restic({ ...own, access: joined(way, pruning) });
  return { name, settings, restic, pruner, meter, checks: new CheckPlan(settings.checkHours, place.clock) };
}

const joined = (left: Access, right: Access): Access => ({ env: { ...left.env, ...right.env }, args: [...left.args, ...right.args] });

/** How restic gets through the door. */
async function openWay(settings: TargetSettings, { meter, kept }: { meter: Meter; kept: KeptAnswers }, onClose: OnClose): Promise<Access> {
  const kind = kindOf(settings);
  if (kind === "folder") return { env: {}, args: [] };
  const folder = await mkdtemp(join(tmpdir(), "door-"));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const door = await openDoor({
    upstreams: upstreamsOf(settings),
    passed: kind === "gs" ? ["oauth2.googleapis.com:443"] : [],
    folder,
    kept,
    onRequest: ({ method, path, sentBytes, receivedBytes }) => meter.count(classOf(kind, method, path), sentBytes, receivedBytes),
  });
  onClose(() => door.close());
  return { env: { HTTPS_PROXY: door.proxyUrl, HTTP_PROXY: door.proxyUrl }, args: ["--cacert", door.certificateFile] };
}

function upstreamsOf({ repository, emulatorUrl, pathStyle }: TargetSettings): Map<string, URL> {
  if (repository.startsWith("gs:"))
    return new Map(["storage.googleapis.com", "www.googleapis.com"].map((host) => [`${host}:443`, new URL(emulatorUrl ?? `https://${host}`)]));
  const endpoint = new URL(repository.slice("s3:".length));
  const port = endpoint.port || (endpoint.protocol === "https:" ? "443" : "80");
  const host = pathStyle ? endpoint.hostname : `${endpoint.pathname.split("/")[1]}.${endpoint.hostname}`;
  return new Map([[`${host}:${port}`, new URL(`${endpoint.protocol}//${host}:${port}`)]]);
}

async function writerAccess(settings: TargetSettings): Promise<Access> {
  if (kindOf(settings) === "s3") return s3Access(settings, settings.accessKeyFile, settings.secretKeyFile);
  return kindOf(settings) === "gs" ? googleAccess(settings, settings.credentialsFile) : { env: {}, args: [] };
}

async function prunerAccess(settings: TargetSettings): Promise<Access | undefined> {
  const { pruneAccessKeyFile, pruneSecretKeyFile, pruneCredentialsFile } = settings;
  if (pruneAccessKeyFile !== undefined) return s3Access(settings, pruneAccessKeyFile, pruneSecretKeyFile);
  return pruneCredentialsFile === undefined ? undefined : googleAccess(settings, pruneCredentialsFile);
}

function googleAccess({ projectId, emulatorUrl }: TargetSettings, credentialsFile: string | undefined): Access {
  if (emulatorUrl !== undefined) return { env: { GOOGLE_PROJECT_ID: "emulator", GOOGLE_ACCESS_TOKEN: "emulator" }, args: [] };
  const project = projectId === undefined ? {} : { GOOGLE_PROJECT_ID: projectId };
  return { env: { ...project, ...(credentialsFile === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: credentialsFile }) }, args: [] };
}

async function s3Access({ region = "", pathStyle }: TargetSettings, accessKeyFile = "", secretKeyFile = ""): Promise<Access> {
  return {
    env: { AWS_ACCESS_KEY_ID: await readSecret(accessKeyFile), AWS_SECRET_ACCESS_KEY: await readSecret(secretKeyFile), AWS_DEFAULT_REGION: region },
    args: ["-o", `s3.region=${region}`, "-o", `s3.bucket-lookup=${pathStyle ? "path" : "dns"}`],
  };
}

async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("config.unreadable", `The key of a target should be in ${file}, which can't be read: ${messageOf(cause)}.`, { cause });
  });
  return text.replace(/\r?\n$/, "");
}
