import { withModel, withoutFields, withoutForeignThinking } from "./body-rewrite.ts";
import type { Call } from "./call.ts";
import type { Candidate } from "./candidates.ts";
import type { Denial } from "./pipeline.ts";
import { headersForProvider } from "./headers.ts";
import type { Provider } from "./provider.ts";
import { betasToDrop } from "./refused-betas.ts";
import type { LocalAnswer, WireRequest } from "./translation.ts";

/** A call as its provider gets it: the very bytes of the caller unless something is due to be changed. Units: `now` in milliseconds since 1970. */
export function outgoingOf(call: Call, { target, model }: Candidate, now: number): WireRequest | LocalAnswer | Denial {
  const { provider } = target;
  // Whatever an earlier provider has said unchanged is of no more use.
  call.origin?.raw.stop();
  if (provider.translator !== undefined) return provider.translator.request(call, model);
  if (call.origin?.untranslatable !== undefined) return { refused: call.origin.untranslatable };
  return {
    method: call.route.method,
    path: call.path,
    headers: headersForProvider(call.rawHeaders, betasToDrop(provider, now)),
    body: call.route.hasBody ? bodyFor(call, provider, model) : null,
  };
}

function bodyFor({ body, fields }: Call, { meetsForeignThinking, capabilities: { thinking, dropFields } }: Provider, model: string | undefined): Buffer {
  const renamed = model === undefined || model === fields.model ? body : withModel(body, fields, model);
  const names = thinking ? dropFields : [...dropFields, "thinking"];
  const fitting = names.length === 0 ? renamed : withoutFields(renamed, names);
  return meetsForeignThinking ? withoutForeignThinking(fitting) : fitting;
}
