import type { TenantState } from "./manager-doors.ts";
import type { Notice } from "./page.ts";

type Words = Pick<Notice, "title" | "text"> & { isOver?: true };

const waking: Words = { title: "Waking up", text: "This assistant was asleep. It takes some ten to thirty seconds; the page comes by itself." };

/** What somebody reads who waits at a tenant's door. */
const words: Readonly<Record<Exclude<TenantState, "awake">, Words>> = {
  provisioning: { title: "Being set up", text: "This assistant is new and is being set up. The page comes by itself." },
  asleep: waking,
  waking,
  "falling-asleep": waking,
  waiting: {
    title: "Waiting for memory",
    text: "Other assistants hold the memory of this home just now. This one wakes as soon as another falls asleep; the page comes by itself.",
  },
  restoring: { title: "Being restored", text: "A backup is being brought back. The page comes by itself when that is done." },
  stopped: { title: "Stopped", text: "Somebody stopped this assistant. It stays so until it is started in the console.", isOver: true },
  failed: {
    title: "It does not start",
    text: "This assistant failed to start. The console shows why, its log, and what helps; restarting it there is the first thing to try.",
  },
  removing: {
    title: "Removed",
    text: "This assistant was removed. Until its time of grace is over, the owner can keep it after all, in the console.",
    isOver: true,
  },
  removed: { title: "Removed", text: "This assistant was removed.", isOver: true },
};

/** Whether nothing but a person changes the state. */
export const isOver = (state: TenantState): boolean => state !== "awake" && words[state].isOver === true;

/** The page for a tenant that is not up. */
export function noticeOf(state: Exclude<TenantState, "awake">, { id, publicOrigin }: { id: string; publicOrigin: string }): Notice {
  const { title, text } = words[state];
  const link = { href: `${publicOrigin}/tenants/${id}`, label: `${id} in the console` };
  return isOver(state) ? { title, text, link } : { title, text, link, comesIn: state === "failed" ? 15 : 3 };
}
