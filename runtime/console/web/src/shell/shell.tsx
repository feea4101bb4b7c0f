import { Keyboard, LogOut, Monitor, Moon, Settings, Sun, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useSignOut } from "../api/queries.ts";
import { Logo } from "./logo.tsx";
import { Navigation } from "./navigation.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { themes, useTheme, type Theme } from "./theme.ts";

/** What stands around every page: where one can go, the theme, the help, the way out. */
export function Shell({ children }: { children: ReactNode }) {
  const [helping, setHelping] = useState(false);
  const [, navigate] = useLocation();
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
        <Navigation />
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
