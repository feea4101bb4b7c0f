import { Link, useLocation } from "wouter";
import { useMay } from "../../api/queries.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { useTitle } from "../title.ts";
import { AuditTab } from "./audit-tab.tsx";
import { HouseTab } from "./house-tab.tsx";
import { MembersTab } from "./members-tab.tsx";
import { TokensTab } from "./tokens-tab.tsx";
import { YouTab } from "./you-tab.tsx";
import "../../styles/settings.css";

const all = [
  { name: "you", label: "You", Content: YouTab, role: "viewer" },
  { name: "tokens", label: "Tokens", Content: TokensTab, role: "viewer" },
  { name: "members", label: "Members", Content: MembersTab, role: "owner" },
  { name: "audit", label: "Audit log", Content: AuditTab, role: "owner" },
  { name: "house", label: "This home", Content: HouseTab, role: "viewer" },
] as const;

const addressOf = (name: string) => (name === "you" ? "/settings" : `/settings/${name}`);

/** Oneself, one's programs, and for the owner: who else comes in, and what was done. */
export function SettingsPage({ tab }: { tab: string | undefined }) {
  const [, navigate] = useLocation();
  const isOwner = useMay("owner");
  const tabs = all.filter(({ role }) => role === "viewer" || isOwner);
  const current = tabs.find(({ name }) => name === (tab ?? "you"));
  useTitle(current === undefined ? "Settings" : `${current.label} · Settings`);
  useShortcuts(Object.fromEntries(tabs.map(({ name }, index) => [String(index + 1), () => navigate(addressOf(name))])));
  return (
    <main className="page settings-page">
      <header className="page-header">
        <h1>Settings</h1>
      </header>
      <nav className="tabs" aria-label="Settings">
        {tabs.map(({ name, label }) => (
          <Link key={name} href={addressOf(name)} aria-current={current?.name === name ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {current === undefined ? (
        <EmptyState title="There is nothing here">The address is mistyped, or what is here is the owner's; the tabs above lead on.</EmptyState>
      ) : (
        <current.Content />
      )}
    </main>
  );
}
