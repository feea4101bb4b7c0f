import { systemCodeOf } from "@freehold/kernel/errors";
import { refusal, type Refusal } from "./errors.ts";
import type { Provider } from "./provider.ts";

type Named = Pick<Provider, "label">;

const again = "Try again.";

/** Tells a caller why a provider could not answer, without its address or anything of ours. */
export function refusalOfFault(provider: Named, fault: unknown, hasBegun: boolean): Refusal {
  const code = systemCodeOf(fault) ?? "";
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") return silent(provider, hasBegun);
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED")
    return refusal("request.malformed", "The request's address or headers hold something that can't be passed on. Send plain ASCII headers.");
  if (code === "FREEHOLD_CREDENTIAL_REFUSED")
    return refusal("provider.account", `${provider.label} refuses the home's own key or account. The owner of the home must mend that (\`freehold key set\`).`);
  if (hasBegun) return refusal("provider.cut", `The connection to ${provider.label} broke in the middle of its answer. ${again}`);
  // undici leaves the parser's error without a code when the first byte is wrong already.
  if (code.startsWith("HPE_") || (fault as { name?: unknown } | null)?.name === "HTTPParserError") return garbage(provider);
  return refusal("provider.unreachable", `${provider.label} can't be reached now. ${again}`);
}

export const garbage = ({ label }: Named): Refusal =>
  refusal("provider.garbage", `${label} answered with something that is no answer of the Messages API. ${again}`);

export const silent = ({ label }: Named, hasBegun: boolean): Refusal =>
  refusal("provider.timeout", hasBegun ? `${label} fell silent in the middle of its answer. ${again}` : `${label} did not answer in time. ${again}`);

export const cutShort = ({ label }: Named): Refusal => refusal("provider.cut", `${label} ended its stream before the message was complete. ${again}`);
