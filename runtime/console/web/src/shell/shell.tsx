import { Archive, Cpu, House, Keyboard, ListTodo, LogOut, Monitor, Moon, Settings, Sun, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useHome, useSignOut } from "../api/queries.ts";
import { Logo } from "./logo.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { themes, useTheme, type Theme } from "./theme.ts";

const places: readonly { href: string; label: string; icon: LucideIcon; isAt: (path: string) => boolean }[] = [
  { href: "/", label: "Jobs", icon: ListTodo, isAt: (path) => path === "/" || path.startsWith("/jobs") },
  { href: "/models", label: "Models", icon: Cpu, isAt: (path) => path === "/models" || path.startsWith("/models/") },
  { href: "/backups", label: "Backups", icon: Archive, isAt: (path) => path === "/backups" },
  { href: "/home", label: "Home", icon: House, isAt: (path) => path === "/home" },
];

/** What stands around every page: where one can go, the theme, the help, the way out. */
export function Shell({ children }: { children: ReactNode }) {
  const [helping, setHelping] = useState(false);
  const [path, navigate] = useLocation();
  useShortcuts({ "?": () => setHelping(true), n: () => navigate("/?new") });
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <aside className="sidebar">
        <Link href="/" className="brand" aria-label="Freehold: all jobs">
          <Logo />
          <span>Freehold</span>
        </Link>
        <nav aria-label="Pages">
          {places.map(({ href, label, icon: Icon, isAt }) => (
            <Link key={href} href={href} className="nav-link" aria-current={isAt(path) ? "page" : undefined}>
              <Icon aria-hidden="true" />
              <span>{label}</span>
              {href === "/home" && <Attention />}
            </Link>
          ))}
        </nav>
        <Tools onHelp={() => setHelping(true)} />
      </aside>
      <div className="content" id="content">
        <ConnectionBanner />
        {children}
      </div>
      {helping && <HelpDialog onClose={() => setHelping(false)} />}
    </div>
  );
}

/** A dot beside "Home" while something there isn't ready. */
function Attention() {
  const { data } = useHome();
  if (data === undefined || data.services.every(({ ready }) => ready)) return null;
  return (
    <span className="attention">
      <span className="visually-hidden">(needs attention)</span>
    </span>
  );
}

const themeIcons: Readonly<Record<Theme, LucideIcon>> = { system: Monitor, light: Sun, dark: Moon };

function Tools({ onHelp }: { onHelp: () => void }) {
  const { theme, choose } = useTheme();
  const [path] = useLocation();
  const signOut = useSignOut();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  const ThemeIcon = themeIcons[theme];
  return (
    <div className="tools">
      <button type="button" className="icon-button" aria-label={`Theme: ${theme}. Change to ${next}`} title={`Theme: ${theme}`} onClick={() => choose(next)}>
        <ThemeIcon aria-hidden="true" />
      </button>
      <button type="button" className="icon-button wide-only" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
        <Keyboard aria-hidden="true" />
      </button>
      <Link href="/settings" className="icon-button" aria-label="Settings" title="Settings" aria-current={path.startsWith("/settings") ? "page" : undefined}>
        <Settings aria-hidden="true" />
      </Link>
      <button type="button" className="icon-button" aria-label="Sign out" title="Sign out" onClick={() => signOut.mutate()}>
        <LogOut aria-hidden="true" />
      </button>
    </div>
  );
}
