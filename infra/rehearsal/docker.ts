import { Failure } from "../cli/failure.ts";
import { run } from "../cli/run.ts";

/** What a `docker` command prints. Throws: Failure with what Docker said. */
export async function docker(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("docker", argv);
  if (code === 0) return stdout.trim();
  throw new Failure(
    `\`docker ${argv.slice(0, 3).join(" ")} …\` ended with ${code}: ${stderr.trim().slice(-2_000)}`,
    "Mend what Docker says; `npm run freehold -- rehearse --clean` takes away what an earlier rehearsal left.",
  );
}

/** The same where a refusal is an answer. */
export async function dockerTry(...argv: string[]): Promise<string | undefined> {
  const { code, stdout } = await run("docker", argv);
  return code === 0 ? stdout.trim() : undefined;
}
