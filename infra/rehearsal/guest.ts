import type { TcpNetConnectOpts } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { Agent } from "undici";
import { Failure } from "../cli/failure.ts";
import { openClient, type HomeClient } from "../cli/home-client.ts";
import { allTenants } from "../cli/tenants/tenant.ts";
import { deriveSecret } from "../keys.ts";
import { addresses } from "./addresses.ts";
import { domain } from "./workspace.ts";

type Lookup = NonNullable<TcpNetConnectOpts["lookup"]>;

/** All names of the rehearsed home lead to its reserved address. */
const toHome: Lookup = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: addresses.home, family: 4 }]);
  else callback(null, addresses.home, 4);
};

/** The owner's access to the rehearsed home by its front door: only certificates of the rehearsal's authority are taken. */
export function enterHome(key: string, authority: string): HomeClient {
  const agent = new Agent({ allowH2: false, connect: { ca: authority, lookup: toHome, timeout: 5_000 }, bodyTimeout: 0, headersTimeout: 600_000 });
  return openClient(`https://console.${domain}`, deriveSecret(key, "token/owner"), agent);
}

/** The names in the certificate that the home shows for a host. Rejects where the rehearsal's authority has not signed it for that host. */
export async function certificateOf(host: string, authority: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: addresses.home, port: 443, servername: host, ca: authority, timeout: 10_000 }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? "");
      socket.end();
    });
    socket.once("error", reject).once("timeout", () => socket.destroy(new Error(`no answer for ${host} within 10 s`)));
  });
}

/** Repeats what may fail while a home has only just come up. Throws: Failure with the last reason. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, limitMs = 180_000): Promise<T> {
  let last: unknown;
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await delay(500)) {
    try {
      const found = await ask();
      if (found !== undefined) return found;
    } catch (thrown) {
      last = thrown;
    }
  }
  const why = last instanceof Error ? `: ${last.message}${last.cause instanceof Error ? ` (${last.cause.message})` : ""}` : "";
  throw new Failure(`${what} did not happen within ${limitMs / 1_000} s${why}`, "With --keep everything stays as it is, to be looked at.");
}

interface Job {
  id: string;
  title: string;
  state: string;
  error: { code: string; message: string } | null;
}

/** What a home has that must never be lost: its jobs, the file that each has left, and its tenants. */
export type Data = Record<string, string>;

/** Runs a job to its end, by the rehearsal model. */
export async function runJob(home: HomeClient, title: string): Promise<void> {
  const prompt = `Write a file hello.md that says: Hello from my home. An agent wrote this, for ${title}.`;
  const { id } = await home.post<Job>("/api/jobs", { prompt, title, idempotencyKey: title.replaceAll(" ", "-") });
  const job = await eventually(`The job "${title}"`, async () => {
    const now = await home.get<Job>(`/api/jobs/${id}`);
    return ["queued", "running"].includes(now.state) ? undefined : now;
  });
  if (job.state !== "succeeded") throw new Failure(`The job "${title}" ${job.state}: ${job.error?.message ?? "no reason given"}`, "Its log is in the console.");
}

/** Reads everything back. */
export async function readData(home: HomeClient): Promise<Data> {
  const { jobs } = await home.get<{ jobs: Job[] }>("/api/jobs?limit=100");
  const data: Data = {};
  for (const { id, title, state } of jobs) data[`${title} (${id}, ${state})`] = await home.text(`/api/jobs/${id}/files/content?path=hello.md`);
  for (const { id, createdAt } of await allTenants(home)) data[`tenant ${id}`] = createdAt;
  return data;
}

/** Throws: Failure that names what is missing. */
export function mustBeSame(before: Data, after: Data): void {
  const missing = Object.keys(before).filter((name) => before[name] !== after[name]);
  if (missing.length > 0)
    throw new Failure(`Data are missing or changed: ${missing.join("; ")}.`, "This must never happen: keep the rehearsal (--keep) and look at why.");
}
