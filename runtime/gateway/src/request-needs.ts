import type { Capabilities } from "./provider-entry.ts";
import type { Route } from "./route.ts";

const tools = /"tools"\s*:\s*\[\s*\{/;
/** Inside a string the quotes would be escaped. */
const images = /"type"\s*:\s*"(?:image|document)"/;

/** Whether a provider can take a request at all; the body is looked at only for a provider that can't do everything. */
export function canServe(capabilities: Capabilities, { name }: Route, body: Buffer): boolean {
  if (name === "count_tokens" && !capabilities.countTokens) return false;
  if (name === "models") return capabilities.listModels;
  if (capabilities.tools && capabilities.images) return true;
  const text = body.toString("latin1");
  return (capabilities.tools || !tools.test(text)) && (capabilities.images || !images.test(text));
}
