import { Archive, BellRing, Bot, CalendarClock, ChartLine, Cpu, House, LayoutTemplate, ListTodo, ShieldQuestion, type LucideIcon } from "lucide-react";
import type { Role } from "../api/types.ts";

export interface Place {
  href: string;
  label: string;
  icon: LucideIcon;
  isAt: (path: string) => boolean;
  /** Whether it stands in the bar of a phone. */
  isFirst?: boolean;
  /** Who may go there; absent: everyone. */
  least?: Role;
}

const within = (href: string) => (path: string) => path === href || path.startsWith(`${href}/`);

export const places: readonly Place[] = [
  { href: "/", label: "Jobs", icon: ListTodo, isAt: (path) => path === "/" || path.startsWith("/jobs"), isFirst: true },
  { href: "/approvals", label: "Approvals", icon: ShieldQuestion, isAt: within("/approvals"), isFirst: true },
  { href: "/schedules", label: "Schedules", icon: CalendarClock, isAt: within("/schedules"), isFirst: true },
  { href: "/templates", label: "Templates", icon: LayoutTemplate, isAt: within("/templates") },
  { href: "/tenants", label: "Assistants", icon: Bot, isAt: within("/tenants") },
  { href: "/models", label: "Models", icon: Cpu, isAt: within("/models"), isFirst: true },
  { href: "/notices", label: "Notices", icon: BellRing, isAt: within("/notices"), least: "owner" },
  { href: "/metrics-of-home", label: "Metrics", icon: ChartLine, isAt: within("/metrics-of-home") },
  { href: "/backups", label: "Backups", icon: Archive, isAt: within("/backups") },
  { href: "/home", label: "Home", icon: House, isAt: within("/home") },
];
