import { adoptVariable, missingParts } from "../adoptable.ts";
import type { Settings } from "../settings.ts";
import type { Stack } from "./stack.ts";

/**
 * Before a home in the clouds is brought up or taken down: what is there although the state does not have it is taken into the state.
 * So an answer that was lost never makes a second machine or volume, and a lost state finds its home again. A state that lacks nothing costs nothing.
 */
export async function adoptLost(stack: Stack, settings: Settings): Promise<void> {
  const known = await stack.resources();
  const missing = missingParts(
    settings,
    known.map(({ urn }) => urn),
  );
  if (missing.length === 0) return;
  console.log("The clouds are asked for what they have of this home already …");
  // What the state has is left out: named here and not by the program, it would be taken for something to be removed.
  const around = [
    "pulumi:providers:oci::oracle",
    "pulumi:providers:gcp::google",
    "pulumi:providers:cloudflare::cloudflare",
    ...missing.map(({ component }) => component),
  ];
  const needed = new Set(around.filter((one) => !known.some(({ urn }) => urn.endsWith(`::${one}`))));
  const targets = [...missing.map(({ name }) => name), ...needed].map((one) => `**::${one}`);
  await stack.upOnly(targets, { [adoptVariable]: missing.map(({ name }) => name).join(",") });
}
