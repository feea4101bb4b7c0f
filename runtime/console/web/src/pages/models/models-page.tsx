import { Link, useLocation } from "wouter";
import { useMay } from "../../api/queries.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { useTitle } from "../title.ts";
import { CostTab } from "./cost-tab.tsx";
import { KeysTab } from "./keys-tab.tsx";
import { ProvidersTab } from "./providers-tab.tsx";
import { RequestsTab } from "./requests-tab.tsx";
import { TryTab } from "./try-tab.tsx";
import "../../styles/models.css";

const all = [
  { name: "providers", label: "Providers", Content: ProvidersTab, role: "viewer" },
  { name: "keys", label: "Keys", Content: KeysTab, role: "owner" },
  { name: "cost", label: "Cost", Content: CostTab, role: "owner" },
  { name: "requests", label: "Requests", Content: RequestsTab, role: "owner" },
  { name: "try", label: "Try it", Content: TryTab, role: "operator" },
] as const;

const addressOf = (name: string) => (name === "providers" ? "/models" : `/models/${name}`);

/** Who answers the home's calls, who may make them, and what they cost. */
export function ModelsPage({ tab }: { tab: string | undefined }) {
  const [, navigate] = useLocation();
  const mayOperate = useMay("operator");
  const isOwner = useMay("owner");
  const tabs = all.filter(({ role }) => role === "viewer" || (role === "operator" ? mayOperate : isOwner));
  const current = tabs.find(({ name }) => name === (tab ?? "providers"));
  useTitle(current === undefined ? "Models" : `${current.label} · Models`);
  useShortcuts(Object.fromEntries(tabs.map(({ name }, index) => [String(index + 1), () => navigate(addressOf(name))])));
  return (
    <main className="page models-page">
      <header className="page-header">
        <h1>Models</h1>
      </header>
      <nav className="tabs" aria-label="Models">
        {tabs.map(({ name, label }) => (
          <Link key={name} href={addressOf(name)} aria-current={current?.name === name ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {current === undefined ? <EmptyState title="There is nothing here">The address is mistyped; the tabs above lead on.</EmptyState> : <current.Content />}
    </main>
  );
}
