import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.ts";
import type { Stack } from "./stack.ts";

/** Asks for the Anthropic key (or takes it from a pipe) and stores it encrypted in the stack's settings. */
export async function setAnthropicKey(stack: Stack): Promise<void> {
  if (process.stdin.isTTY) process.stdout.write("Anthropic API key (it starts with sk-ant-, and is not shown again): ");
  const lines = createInterface({ input: process.stdin, terminal: false });
  let key = "";
  for await (const line of lines) {
    key = line.trim();
    break;
  }
  lines.close();
  if (!/^[\x21-\x7e]{20,300}$/.test(key)) throw new Failure("That is no API key.", "Paste the whole key on one line; you get one at console.anthropic.com.");
  await stack.select();
  // Through a pipe, so that the key is in no process list.
  const { code, stderr } = await stack.withInput(key, "config", "set", "--secret", "--stack", stack.name, "freehold:anthropicApiKey");
  if (code !== 0) throw new Failure(`Pulumi could not store the key: ${stderr.trim()}`, "Mend the cause and try again.");
  console.log("Stored, encrypted with your passphrase. `npm start` brings it into the home.");
}
