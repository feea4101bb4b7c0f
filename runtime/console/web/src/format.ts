/** Shape: `840 ms`, `12 s`, `3 m 04 s`, `2 h 05 m`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** Shape: `$0.0042`, `$1.27`; nothing known is a dash, nothing spent is `$0`. */
export function formatCost(costUsd: number | null): string {
  if (costUsd === null) return "–";
  if (costUsd === 0) return "$0";
  if (costUsd < 0.0001) return "<$0.0001";
  return `$${costUsd < 0.1 ? costUsd.toFixed(4) : costUsd.toFixed(2)}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Shape: `just now`, `5 minutes ago`, `yesterday`. */
export function formatAgo(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1_000;
  const size = Math.abs(seconds);
  if (size < 45) return "just now";
  if (size < 3_600) return words.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return words.format(Math.round(seconds / 3_600), "hour");
  if (size < 30 * 86_400) return words.format(Math.round(seconds / 86_400), "day");
  return new Date(iso).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
}

/** In the reader's own time zone. */
export const formatMoment = (iso: string): string => new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Shape: `840`, `12.3K`, `4M`. */
export const formatCompact = (count: number): string => compact.format(count);

/** A UTC day, as people write it. Shape: `Nov 21`. */
export const formatDay = (day: string): string => new Date(day).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });

export const formatCount = (count: number): string => count.toLocaleString("en");

/** Shape: `1 line`, `1,204 lines`. */
export const countOf = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Near times by the clock alone. Shape: `8:00 PM`, `tomorrow 8:00 PM`, `Nov 24, 8:00 PM`. */
export function formatClock(iso: string, nowMs = Date.now()): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en", { hour: "numeric", minute: "2-digit" });
  const dayOf = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((dayOf(at) - dayOf(new Date(nowMs))) / 86_400_000);
  if (days === 0) return time;
  return `${days === 1 ? "tomorrow" : at.toLocaleDateString("en", { month: "short", day: "numeric" })} ${time}`;
}
