/** What a key of Ofelia's file holds. `text` and `number` want a value; a bare `flag` is true; each line of a `list` adds to it, and a bare one empties it. */
export type KeyType = "text" | "flag" | "number" | "list";
export type KeyTable = Record<string, KeyType>;

/** The values of a section by its keys; what was not set is empty, and a list null. */
export type ValuesOf<Table> = { -readonly [Key in keyof Table]: ValueOf<Table[Key]> };
type ValueOf<Type> = Type extends "text" ? string : Type extends "flag" ? boolean : Type extends "number" ? number : string[] | null;

const notices = {
  "slack-webhook": "text",
  "slack-only-on-error": "flag",
  "save-folder": "text",
  "save-only-on-error": "flag",
  "smtp-host": "text",
  "smtp-port": "number",
  "smtp-user": "text",
  "smtp-password": "text",
  "smtp-tls-skip-verify": "flag",
  "email-to": "text",
  "email-from": "text",
  "mail-only-on-error": "flag",
} as const satisfies KeyTable;

const common = { schedule: "text", command: "text", "no-overlap": "flag", name: "text", ...notices } as const satisfies KeyTable;

/** The sections of jobs, and their keys. Source: mcuadros/ofelia, commit ebd2b12 (2026-03-01). */
export const jobKeys = {
  "job-exec": { ...common, container: "text", user: "text", tty: "flag", environment: "list" },
  "job-run": {
    ...common,
    image: "text",
    container: "text",
    user: "text",
    network: "text",
    hostname: "text",
    tty: "flag",
    volume: "list",
    "volumes-from": "list",
    environment: "list",
    delete: "text",
    pull: "text",
  },
  "job-local": { ...common, dir: "text", environment: "list" },
  "job-service-run": { ...common, image: "text", network: "text", user: "text", tty: "flag", delete: "text" },
} as const satisfies Record<string, KeyTable>;

export const globalKeys = notices;

/** What the fork netresearch/ofelia adds. Source: its release 0.29; its own file syntax and its variables are not read. */
export const forkKeys = {
  "working-dir": "text",
  privileged: "flag",
  entrypoint: "text",
  "container-name": "text",
  "stop-signal": "text",
  "stop-timeout": "text",
  annotations: "list",
  "env-file": "list",
  "env-from": "list",
  "history-limit": "number",
  "max-runtime": "text",
  "run-on-startup": "flag",
  "depends-on": "list",
  "on-success": "list",
  "on-failure": "list",
} as const satisfies KeyTable;

export const forkJobKeys = { "job-compose": { ...common, file: "text", service: "text", exec: "flag" } } as const satisfies Record<string, KeyTable>;

/** Whose file it is: Ofelia's, or its fork's, which knows more. */
export const dialects = ["mcuadros", "netresearch"] as const;
export type Dialect = (typeof dialects)[number];

const tables: Record<Dialect, ReadonlyMap<string, KeyTable>> = {
  mcuadros: new Map(Object.entries(jobKeys)),
  netresearch: new Map(Object.entries({ ...jobKeys, ...forkJobKeys }).map(([kind, table]) => [kind, { ...table, ...forkKeys }])),
};

/** The sections of jobs that a dialect knows. */
export const jobTablesOf = (dialect: Dialect): ReadonlyMap<string, KeyTable> => tables[dialect];

export type JobKind = keyof typeof jobKeys | keyof typeof forkJobKeys;
export type GlobalValues = ValuesOf<typeof globalKeys>;

/** Keys are compared without regard to case, Unicode's simple folding included: two characters beyond ASCII fold to ASCII letters. */
export const foldKey = (key: string) => key.replaceAll("ſ", "s").replaceAll("\u212a", "k").toLowerCase();
