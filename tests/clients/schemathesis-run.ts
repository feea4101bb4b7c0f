import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OpenApiDocument } from "@freehold/kernel/openapi";

const image = "freehold/schemathesis:test";
const seed = process.env["FREEHOLD_API_FUZZ_SEED"] ?? "7";
const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

export const buildSchemathesis = (): void =>
  void execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "schemathesis")], { stdio: ["ignore", "ignore", "pipe"] });

/** The document with the ids of things that are there, or most requests would end at "there is no such thing". */
export function withIds(document: OpenApiDocument, idsFor: (path: string) => string[] | undefined): OpenApiDocument {
  for (const [path, operations] of Object.entries(document.paths)) {
    const known = idsFor(path);
    if (known === undefined) continue;
    for (const { parameters } of Object.values(operations) as { parameters?: { in: string; schema: object }[] }[])
      for (const parameter of parameters ?? []) if (parameter.in === "path") parameter.schema = { type: "string", enum: known };
  }
  return document;
}

export interface FuzzOrder {
  url: string;
  token: string;
  seconds: number;
  /** How long an answer may take. */
  answerSeconds?: number;
  /** How many operations must have been tried in that time; all unless given. */
  least?: number;
}

/** Sends whatever a document allows and forbids, for so long. Throws: Error with what was answered by a server error, or not as the document says. */
export async function fuzz(document: OpenApiDocument, { url, token, seconds, least, answerSeconds = 15 }: FuzzOrder): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "freehold-test-openapi-"));
  try {
    await chmod(folder, 0o755);
    await writeFile(join(folder, "api.json"), JSON.stringify(document), { mode: 0o644 });
    const tool = ["run", "/api/api.json", "--url", url, "--header", `Authorization: Bearer ${token}`, "--checks", checks, "--seed", seed];
    const bounds = [
      "--max-time",
      String(seconds),
      "--request-timeout",
      String(answerSeconds),
      "--continue-on-failure",
      "--generation-database",
      "none",
      "--no-color",
    ];
    const mount = `type=bind,source=${folder},target=/api,readonly`;
    const argv = ["run", "--rm", "--label", "freehold.test=schemathesis", "--network", "host", "--mount", mount, image, ...tool, ...bounds];
    const { code, text } = await promisify(execFile)("docker", argv, { timeout: (seconds + 200) * 1_000, maxBuffer: 64_000_000 }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (thrown: { code: number; stdout: string; stderr: string }) => ({ code: thrown.code, text: thrown.stdout + thrown.stderr }),
    );
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    if (code !== 0) throw new Error(`schemathesis found (seed ${seed}):\n${text.slice(-12_000)}`);
    const tested = Number(/Tested: (\d+)/.exec(text)?.[1] ?? 0);
    if (tested < (least ?? operations)) throw new Error(`${tested} of the ${operations} operations were tried:\n${text.slice(-3_000)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
