/** How a page is looked at; Lighthouse's own settings for each: the phone has a slow mobile connection and a quarter of this machine's speed. */
export const forms = ["desktop", "mobile"] as const;
export type Form = (typeof forms)[number];

export interface Page {
  name: string;
  path: string;
  signedIn: boolean;
}

/** A page of each kind: what a stranger sees first, the board, a log, tables, forms, lists. */
export const pages: readonly Page[] = [
  { name: "sign-in", path: "/", signedIn: false },
  { name: "jobs", path: "/", signedIn: true },
  { name: "job", path: "/jobs/:first", signedIn: true },
  { name: "cost", path: "/models/cost", signedIn: true },
  { name: "backups", path: "/backups", signedIn: true },
  { name: "members", path: "/settings/members", signedIn: true },
  { name: "audit", path: "/settings/audit", signedIn: true },
];
