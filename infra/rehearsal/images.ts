import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { BASE_IMAGES } from "../setup/base-images.ts";
import { docker, dockerTry } from "./docker.ts";
import { disksOf, images, labelOf } from "./site.ts";

/** These speak TLS to what is outside, and those that one of them may be built upon by the machine; the others only to one another. */
const speakTls = ["edge", "backup", "backup-service", "dependencies", "postgres"];

/**
 * Brings images over that this computer's Docker has: the base images, as no registry may answer, and of the home's those that were built here for
 * the same contents. What is not among them the machine builds, as in production. Answers with how many of the home's are brought.
 */
export async function bringImages(rehearsal: string, tags: readonly string[], authority: string): Promise<number> {
  const here: string[] = [];
  for (const tag of tags) if ((await dockerTry("image", "inspect", "--format", "here", tag)) !== undefined) here.push(tag);
  const brought = [...BASE_IMAGES, ...here];
  const trusting = brought.filter((tag) => (BASE_IMAGES as readonly string[]).includes(tag) || speakTls.some((name) => tag.startsWith(`freehold/${name}:`)));
  const folder = mkdtempSync(join(tmpdir(), "freehold-images-"));
  const carrier = `${rehearsal}-carrier`;
  try {
    for (const [name, lines] of Object.entries({ list: brought, trusting, "root.crt": [authority.trim()] }))
      writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    await dockerTry("rm", "--force", carrier);
    await docker(
      "run",
      "--detach",
      "--name",
      carrier,
      "--label",
      labelOf(rehearsal),
      "--volume",
      `${disksOf(rehearsal)}:/rehearsal`,
      "--entrypoint",
      "sleep",
      images.vm,
      "infinity",
    );
    await docker("exec", carrier, "mkdir", "-p", "/rehearsal/images");
    await pipe(["save", ...brought], ["exec", "--interactive", carrier, "sh", "-c", "cat >/rehearsal/images/images.tar"]);
    // The list comes last: it says that the rest is there.
    for (const name of ["trusting", "root.crt", "list"]) await docker("cp", join(folder, name), `${carrier}:/rehearsal/images/${name}`);
  } finally {
    rmSync(folder, { recursive: true });
    await dockerTry("rm", "--force", carrier);
  }
  return here.length;
}

/** Leads what one `docker` command prints into another. Throws: Failure when either fails. */
async function pipe(from: readonly string[], into: readonly string[]): Promise<void> {
  const source = spawn("docker", from, { stdio: ["ignore", "pipe", "pipe"] });
  const target = spawn("docker", into, { stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  for (const stream of [source.stderr, target.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  target.stdin.on("error", () => {});
  source.stdout.pipe(target.stdin);
  const codes = await Promise.all(
    [source, target].map(async (child) => new Promise<number>((resolve) => void child.once("close", (code) => resolve(code ?? 1)))),
  );
  if (codes.every((code) => code === 0)) return;
  throw new Failure(`The images could not be brought over: ${said.trim().slice(-1_000)}`, "See `docker system df` for space, then run the rehearsal again.");
}
