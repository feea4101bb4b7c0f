import type { Role } from "../../api/types.ts";

/** What each role may do, as people say it. */
export const roleWords: Readonly<Record<Role, string>> = {
  viewer: "A viewer sees jobs, logs, files and backups, and changes nothing.",
  operator: "An operator does everything but members, settings, keys and money.",
  owner: "The owner does everything, and can't be removed.",
};
