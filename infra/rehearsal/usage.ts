import { limits } from "../../policies/limits.ts";
import { docker } from "./docker.ts";
import { internetOf, storageHost } from "./site.ts";
import { buckets } from "./workspace.ts";

/** A request as Caddy logs it. */
interface Logged {
  request: { method: string; host: string; uri: string };
}

export interface Usage {
  what: string;
  used: number;
  limit: number;
  unit: string;
}

/** What a home has put into its buckets and asked of them, beside what is free each month. */
export async function readUsage(rehearsal: string): Promise<Usage[]> {
  const log = await docker("exec", internetOf(rehearsal), "cat", "/data/requests.json");
  const requests = log.split("\n").flatMap((line) => (line.startsWith("{") ? [(JSON.parse(line) as Logged).request] : []));
  const bytes = async (folder: string) => Number((await docker("exec", `${rehearsal}-buckets`, "du", "--summarize", "--bytes", folder)).split("\t")[0]);
  return usage(requests, { hourly: await bytes(`/data/s3/${buckets.hourly}`), daily: await bytes(`/data/${buckets.daily}`) });
}

/** Units of `stored`: bytes. */
export function usage(requests: readonly Logged["request"][], stored: { hourly: number; daily: number }): Usage[] {
  const { oracle, google } = limits;
  const ofGoogle = requests.filter(({ host }) => host === "storage.googleapis.com");
  const classA = ofGoogle.filter(isClassA).length;
  const free = ofGoogle.filter(({ method }) => method === "DELETE").length;
  const count = (what: string, used: number, limit: number) => ({ what, used, limit, unit: "requests" });
  const size = (what: string, used: number, gigabytes: number) => ({ what, used, limit: gigabytes * 1e9, unit: "bytes" });
  return [
    size("Oracle, hourly bucket: stored", stored.hourly, oracle.objectStorageGb.value),
    count("Oracle, hourly bucket: requests", requests.filter(({ host }) => host === storageHost).length, oracle.objectStorageRequests.value),
    size("Google, daily bucket: stored", stored.daily, google.storageGb.value),
    count("Google, daily bucket: class A (writes, lists)", classA, google.classAOperations.value),
    count("Google, daily bucket: class B (reads)", ofGoogle.length - classA - free, google.classBOperations.value),
  ];
}

/** Source: Google Cloud, Storage pricing, Operations by class: inserts and lists are A, reads of objects and of their metadata B, deletes free. */
function isClassA({ method, uri }: Logged["request"]): boolean {
  return method === "POST" || method === "PUT" || (method === "GET" && /\/o\/?(\?|$)/.test(uri));
}
