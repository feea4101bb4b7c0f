/**
 * Runs a preview, shows what it says, and writes the comment for the pull request.
 * Usage: preview.ts <stack> <file for the comment> -- <command> [arguments]. Ends with the command's exit code.
 */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { renderComment } from "./preview-comment.ts";

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SHA, GITHUB_STEP_SUMMARY, HEAD_SHA, RUN_URL } = process.env;
const [stack, file, separator, command, ...argv] = process.argv.slice(2);
if (stack === undefined || file === undefined || separator !== "--" || command === undefined) {
  throw new Error("Usage: preview.ts <stack> <file for the comment> -- <command> [arguments]");
}

const child = spawn(command, argv, { stdio: ["ignore", "pipe", "pipe"] });
const said: Buffer[] = [];
for (const stream of [child.stdout, child.stderr]) {
  stream.on("data", (chunk: Buffer) => {
    said.push(chunk);
    process.stdout.write(chunk);
  });
}
const exitCode = await new Promise<number>((resolve, reject) => {
  child.once("error", reject);
  child.once("close", (code) => resolve(code ?? 1));
});

const comment = renderComment({
  stack,
  exitCode,
  output: Buffer.concat(said).toString(),
  // On a pull request GITHUB_SHA is a merge commit that nobody has seen.
  commit: HEAD_SHA ?? GITHUB_SHA ?? "",
  runUrl: RUN_URL ?? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`,
});
writeFileSync(file, comment);
if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, comment);
process.exitCode = exitCode;
