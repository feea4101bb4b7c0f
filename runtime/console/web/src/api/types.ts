export interface FileEntry {
  name: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  modifiedAt: string;
}

export interface Folder {
  path: string;
  entries: FileEntry[];
}

export interface Snapshot {
  id: string;
  createdAt: string;
  sizeBytes: number;
  addedBytes: number;
  files: number;
  durationMs: number;
  databases: string[];
}

export interface Backups {
  snapshots: Snapshot[];
  /** The worst case is plain text; a service that knows more says when and with which code. */
  lastError: string | { message?: string; detail?: string; code?: string; at?: string } | null;
}

/** Least first: each may do all that the ones before it may. */
export const roles = ["viewer", "operator", "owner"] as const;
export type Role = (typeof roles)[number];

export interface User {
  id: string;
  name: string;
  role: Role;
}

export interface HomeState {
  stack: string;
  version: string;
  publicOrigin: string;
  auditKeepDays: number;
  services: { name: string; ready: boolean; detail: string }[];
  provider: string | null;
  gatewayOrigin: string;
}

export type CircuitState = "closed" | "half-open" | "open";

/** What of a provider is closed off after failures. Shape: a null key or model means all of them; keys are counted from 0. */
export interface Circuit {
  key: number | null;
  model: string | null;
  state: CircuitState;
  failures: number;
  lastError: string;
  lastErrorAt: string;
  nextProbeAt: string | null;
}

export interface Provider {
  name: string;
  label: string;
  configured: boolean;
  active: boolean;
  /** How many keys it has. */
  keys?: number;
  state?: CircuitState;
  lastError?: { text: string; at: string } | null;
  nextProbeAt?: string | null;
  circuits?: Circuit[];
}

export interface Providers {
  /** Null when none can be asked. */
  active: string | null;
  providers: Provider[];
}
