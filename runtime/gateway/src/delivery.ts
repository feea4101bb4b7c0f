import { systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Call } from "./call.ts";
import type { Ending } from "./ending.ts";
import type { Refusal } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { headersForProvider } from "./headers.ts";
import type { Meters } from "./meters.ts";
import type { Outlet } from "./outlet.ts";
import type { Grant, TargetGate } from "./pipeline.ts";
import { costOf } from "./prices.ts";
import { activeProvider, type Provider } from "./provider.ts";
import type { Upstreams } from "./upstreams.ts";

export interface DeliveryParts {
  providers: readonly Provider[];
  upstreams: Upstreams;
  targetGate: TargetGate;
  meters: Meters;
  log: Log;
  /** Units: milliseconds. */
  timeouts: { firstByteMs: number; answerMs: number };
}

/** One call on its way through the providers. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #call: Call;
  readonly #provider: Provider;
  readonly #exchange: Exchange;

  constructor(parts: DeliveryParts, { call, outlet }: { call: Call; grant: Grant; outlet: Outlet }, onEnd: (ending: Ending) => void) {
    this.#parts = parts;
    this.#call = call;
    const provider = (this.#provider = activeProvider(parts.providers));
    this.#exchange = new Exchange({
      provider,
      response: outlet,
      requestId: call.id,
      isMessage: call.route.name === "messages",
      fields: call.fields,
      now: () => performance.now(),
      onEnd: (ending) => onEnd({ ...ending, provider: provider.name, costUsd: costOf(provider.name, ending.model, ending.usage) ?? null }),
      onFault: (why, fault) => {
        parts.meters.refused(why.code);
        parts.log.warn("provider.failed", { provider: provider.name, code: why.code, fault: systemCodeOf(fault), requestId: call.id });
      },
    });
  }

  start(): void {
    const { upstreams, timeouts, meters } = this.#parts;
    const { route, path, rawHeaders, body, fields, readAt } = this.#call;
    const provider = this.#provider;
    try {
      upstreams.poolOf(provider).dispatch(
        {
          method: route.method,
          path: provider.basePath + path,
          headers: headersForProvider(rawHeaders, provider.credential()),
          body: route.hasBody ? body : null,
          headersTimeout: fields.stream ? timeouts.firstByteMs : timeouts.answerMs,
        },
        this.#exchange,
      );
    } catch (fault) {
      this.#exchange.onResponseError(undefined, fault);
    }
    meters.added(provider.name, performance.now() - readAt);
  }

  keepAlive(afterMs: number): void {
    this.#exchange.keepAlive(afterMs);
  }

  fail(why: Refusal): void {
    this.#exchange.fail(why);
  }
}
