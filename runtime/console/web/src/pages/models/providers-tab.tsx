import { CircleAlert, CircleCheck, CircleDashed, CircleDot, RotateCcw, type LucideIcon } from "lucide-react";
import { useResetProvider } from "../../api/models-queries.ts";
import { useMay, useProviders } from "../../api/queries.ts";
import type { Circuit, Provider } from "../../api/types.ts";
import { countOf, formatDuration } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { ProviderBadge } from "../../parts/state-badge.tsx";
import { Ago, useNow } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";

export function ProvidersTab() {
  const providers = useProviders(5_000);
  const all = providers.data?.providers ?? [];
  return (
    <>
      <p className="muted lead">
        Calls go to the first provider below that can answer. Where one fails, the next takes over before the caller notices; the one that failed rests, and is
        asked again by itself.
      </p>
      {providers.isError && (
        <ProblemNotice error={providers.error} title="The gateway can't say how its providers are" onRetry={() => void providers.refetch()} />
      )}
      {providers.isPending && <SkeletonRows count={3} />}
      {providers.data?.active === null && (
        <div className="notice bad" role="alert">
          <CircleAlert aria-hidden="true" />
          <p>
            <strong>No provider can be asked.</strong> Every call fails until one is configured.
          </p>
        </div>
      )}
      {all.length > 0 && (
        <ol className="services provider-list" aria-label="Providers, in the order in which they are asked">
          {all.map((provider) => (
            <ProviderItem key={provider.name} provider={provider} />
          ))}
        </ol>
      )}
      {providers.data !== undefined && <HowToAdd isRehearsing={providers.data.active === "rehearsal"} />}
    </>
  );
}

type Standing = "answers" | "ready" | "probing" | "rests" | "absent";

const shown: Readonly<Record<Standing, { icon: LucideIcon; words: string }>> = {
  answers: { icon: CircleCheck, words: "answers now" },
  ready: { icon: CircleDot, words: "stands by" },
  probing: { icon: CircleAlert, words: "is being tried again" },
  rests: { icon: CircleAlert, words: "rests after failures" },
  absent: { icon: CircleDashed, words: "not configured" },
};

function standingOf({ configured, active, state = "closed" }: Provider): Standing {
  if (!configured) return "absent";
  if (state === "open") return "rests";
  if (state === "half-open") return "probing";
  return active ? "answers" : "ready";
}

function ProviderItem({ provider }: { provider: Provider }) {
  const standing = standingOf(provider);
  const { icon: Icon, words } = shown[standing];
  const closedOff = (provider.circuits ?? []).filter(({ state }) => state !== "closed");
  return (
    <li className={standing}>
      <Icon aria-hidden="true" />
      <div className="provider-words">
        <h2>
          {provider.label} <span className="service-state">{words}</span>
        </h2>
        <p className="muted provider-facts">
          {provider.name === "rehearsal" ? <ProviderBadge provider="rehearsal" /> : <code>{provider.name}</code>}
          {provider.keys !== undefined && provider.keys > 1 && <span>{countOf(provider.keys, "key")}</span>}
        </p>
        {closedOff.length > 0 && <ClosedOff circuits={closedOff} />}
        {closedOff.length === 0 && provider.lastError && (
          <p className="muted">
            Last failure <Ago iso={provider.lastError.at} />: {provider.lastError.text}
          </p>
        )}
      </div>
      {closedOff.length > 0 && <AskAgain provider={provider} />}
    </li>
  );
}

/** What of a provider is not asked now, and why. */
function ClosedOff({ circuits }: { circuits: Circuit[] }) {
  return (
    <ul className="circuits">
      {circuits.map((circuit) => (
        <li key={`${circuit.key} ${circuit.model}`}>
          <strong>{scopeOf(circuit)}</strong> {circuit.state === "open" ? "rests" : "is being tried again"} after {countOf(circuit.failures, "failure")}
          {circuit.nextProbeAt !== null && circuit.state === "open" && (
            <>
              , <Until iso={circuit.nextProbeAt} />
            </>
          )}
          : {circuit.lastError}
        </li>
      ))}
    </ul>
  );
}

function scopeOf({ key, model }: Circuit): string {
  const parts = [model, key === null ? null : `key ${key + 1}`].filter((part) => part !== null);
  return parts.length === 0 ? "The whole provider" : parts.join(" with ");
}

function Until({ iso }: { iso: string }) {
  const left = Date.parse(iso) - useNow(1_000);
  return <span>{left <= 0 ? "tried with the next call" : `tried again in ${formatDuration(Math.ceil(left / 1_000) * 1_000)}`}</span>;
}

function AskAgain({ provider }: { provider: Provider }) {
  const mayOperate = useMay("operator");
  const reset = useResetProvider(provider.name);
  const ask = () => reset.mutate(undefined, { onSuccess: () => toastDone(`${provider.label} is asked again`, "Its failures are forgotten.") });
  if (!mayOperate) return null;
  return (
    <button type="button" className="button" disabled={reset.isPending} onClick={ask}>
      <RotateCcw aria-hidden="true" />
      Ask again now
    </button>
  );
}

function HowToAdd({ isRehearsing }: { isRehearsing: boolean }) {
  return (
    <section className="how-to">
      <h2>{isRehearsing ? "How to get a real model" : "How to change them"}</h2>
      <p>
        {isRehearsing
          ? "The rehearsal model is offline, costs nothing and is not a real model: it writes the files and runs the commands that a prompt spells out. With an Anthropic key, a real one answers:"
          : "This sets Anthropic's key, in the project's folder. It goes to the gateway alone; nothing else in the home ever sees it."}
      </p>
      <Command text="npm run freehold -- key set" />
      <p className="muted">
        Other providers, their order and the names of their models: <code>runtime/gateway/README.md</code>, “Providers and failover”.
      </p>
    </section>
  );
}
