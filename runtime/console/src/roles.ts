/** What a member may do, least first: each role may do all that the ones before it may. */
export const roles = ["viewer", "operator", "owner"] as const;

/** `viewer` reads; `operator` does all but members, settings, keys and money; `owner` does everything. */
export type Role = (typeof roles)[number];

/** Whether a role is enough for what asks for at least another. */
export const mayAct = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least);
