import type { CircuitBoard, CircuitView } from "./circuit-board.ts";
import type { CircuitState } from "./circuit.ts";
import type { Provider } from "./provider.ts";

const states: readonly CircuitState[] = ["closed", "half-open", "open"];

/** How a provider fares, for its owner. */
export interface ProviderView {
  name: string;
  label: string;
  kind: string;
  configured: boolean;
  /** The first one that can be asked. */
  active: boolean;
  keys: number;
  /** Of the provider as a whole; single models may be closed off all the same. */
  state: CircuitState;
  lastError: { text: string; at: string } | null;
  /** Shape: RFC 3339; null while nothing waits for a probe. */
  nextProbeAt: string | null;
  circuits: {
    key: number | null;
    model: string | null;
    state: CircuitState;
    failures: number;
    lastError: string;
    lastErrorAt: string;
    nextProbeAt: string | null;
  }[];
}

export function viewProviders(providers: readonly Provider[], board: CircuitBoard): ProviderView[] {
  const views = providers.map((provider) => viewProvider(provider, board.view(provider.name)));
  const active = views.find((view) => view.configured && view.state !== "open") ?? views.find((view) => view.configured);
  return views.map((view) => ({ ...view, active: view === active }));
}

/** The state of the worst circuit, for the metric. */
export const worstOf = (views: readonly CircuitView[]): CircuitState => worst(views.map((view) => view.state));

function viewProvider({ name, label, kind, targets }: Provider, views: readonly CircuitView[]): ProviderView {
  const stateOf = (key: number | null) => views.find((view) => view.key === key && view.model === null)?.state ?? "closed";
  const keys = targets.map((_target, index) => stateOf(index));
  const last = views.toSorted((one, other) => other.lastErrorAt - one.lastErrorAt)[0];
  const probes = views.flatMap((view) => view.nextProbeAt ?? []);
  return {
    name,
    label,
    kind,
    configured: targets.length > 0,
    active: false,
    keys: targets.length,
    state: worst([stateOf(null), best(keys)]),
    lastError: last === undefined ? null : { text: last.lastError, at: toTime(last.lastErrorAt) },
    nextProbeAt: probes.length === 0 ? null : toTime(Math.min(...probes)),
    circuits: views.map((view) => ({
      ...view,
      lastErrorAt: toTime(view.lastErrorAt),
      nextProbeAt: view.nextProbeAt === null ? null : toTime(view.nextProbeAt),
    })),
  };
}

const rank = (state: CircuitState) => states.indexOf(state);
const worst = (of: readonly CircuitState[]): CircuitState => of.toSorted((one, other) => rank(other) - rank(one))[0] ?? "closed";
const best = (of: readonly CircuitState[]): CircuitState => of.toSorted((one, other) => rank(one) - rank(other))[0] ?? "closed";
const toTime = (at: number) => new Date(at).toISOString();
