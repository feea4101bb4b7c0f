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

// English by hand: the first use of Intl keeps a phone's browser busy for a tenth of a second, before anything is shown.
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const dayOf = (at: Date) => `${months[at.getMonth()]} ${at.getDate()}`;
const halfOf = (at: Date) => (at.getHours() < 12 ? "AM" : "PM");
const minuteOf = (at: Date) => `${at.getHours() % 12 || 12}:${two(at.getMinutes())}`;

/** Shape: `just now`, `5 minutes ago`, `yesterday`, `in 2 hours`, `Aug 23, 2026`. */
export function formatAgo(iso: string, nowMs: number): string {
  const at = new Date(iso);
  const seconds = Math.abs(at.getTime() - nowMs) / 1_000;
  const isPast = at.getTime() < nowMs;
  const told = (size: number, unit: string) => (isPast ? `${countOf(Math.round(size), unit)} ago` : `in ${countOf(Math.round(size), unit)}`);
  if (seconds < 45) return "just now";
  if (seconds < 3_600) return told(seconds / 60, "minute");
  if (seconds < 86_400) return told(seconds / 3_600, "hour");
  if (seconds < 1.5 * 86_400) return isPast ? "yesterday" : "tomorrow";
  if (seconds < 30 * 86_400) return told(seconds / 86_400, "day");
  return `${dayOf(at)}, ${at.getFullYear()}`;
}

/** In the reader's own time zone. Shape: `Nov 21, 2026, 8:00:05 PM`. */
export function formatMoment(iso: string): string {
  const at = new Date(iso);
  return `${dayOf(at)}, ${at.getFullYear()}, ${minuteOf(at)}:${two(at.getSeconds())} ${halfOf(at)}`;
}

/** Shape: `840`, `12.3K`, `4M`. */
export function formatCompact(count: number): string {
  const units = ["", "K", "M", "B", "T"];
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 999.95 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${Math.round(value * 10) / 10}${units[unit]}`;
}

/** A UTC day, as people write it. Shape: `Nov 21`. */
export function formatDay(day: string): string {
  const at = new Date(day);
  return `${months[at.getUTCMonth()]} ${at.getUTCDate()}`;
}

/** A whole number. Shape: `1,204`. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Shape: `1 line`, `1,204 lines`. */
export const countOf = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Near times by the clock alone. Shape: `8:00 PM`, `tomorrow 8:00 PM`, `Nov 24 8:00 PM`. */
export function formatClock(iso: string, nowMs = Date.now()): string {
  const at = new Date(iso);
  const time = `${minuteOf(at)} ${halfOf(at)}`;
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(at) - midnight(new Date(nowMs))) / 86_400_000);
  if (days === 0) return time;
  return `${days === 1 ? "tomorrow" : dayOf(at)} ${time}`;
}
