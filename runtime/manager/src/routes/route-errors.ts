/** Errors that several routes of tenants may answer with. */
export const known = ["tenant.unknown"];
export const changing = [...known, "tenant.removing", "tenant.busy"];
/** What the backup service may say when it is asked for a tenant. */
export const backing = [
  "backup.away",
  "backup.refused",
  "backup.unknown-tenant",
  "backup.unknown-snapshot",
  "backup.busy",
  "backup.no-tenants",
  "backup.over-budget",
];
