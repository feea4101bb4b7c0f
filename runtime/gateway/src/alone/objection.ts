import type { GatewaySettings } from "../config.ts";

const loopback = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0"]);

/** What stands in the way of a gateway that runs alone, if anything does, with its cure. */
export function objectionToAlone(settings: GatewaySettings): string | undefined {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, BRIDGE_URL, GATEWAY_CONFIG, PORT, REHEARSAL_URL } = settings;
  const listed = GATEWAY_CONFIG.providers?.filter((provider) => provider.enabled).map((provider) => [provider.name, provider.baseUrl] as const);
  if (listed === undefined && [ANTHROPIC_API_KEY, BRIDGE_URL, REHEARSAL_URL].every((setting) => setting === undefined))
    return (
      "No provider is configured, and the rehearsal model does not run beside a gateway that runs alone. Set ANTHROPIC_API_KEY, " +
      "name a document with providers (--config or GATEWAY_CONFIG_FILE), or begin with the rehearsal model: npm run freehold -- gateway --rehearsal"
    );
  const asked = listed ?? (ANTHROPIC_API_KEY === undefined ? [] : [["anthropic", ANTHROPIC_BASE_URL] as const]);
  const [circular] = asked.find(([, baseUrl]) => isOwn(new URL(baseUrl), PORT)) ?? [];
  if (circular === undefined) return undefined;
  const cause = listed === undefined ? "ANTHROPIC_BASE_URL is meant for Claude Code here: unset it" : "give its own address in the document";
  return `The provider ${circular} has the address of this gateway itself, which would ask itself for ever; ${cause}.`;
}

const isOwn = ({ hostname, port }: URL, own: number): boolean => own !== 0 && loopback.has(hostname) && Number(port) === own;
