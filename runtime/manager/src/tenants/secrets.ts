import { createHash, randomBytes } from "node:crypto";

/**
 * What a person, or a program of theirs, opens a tenant with. It begins otherwise than a token of the home, which the door never passes on.
 * Shape: `fhtenant_` and 43 characters of base64url.
 */
export const newToken = (): string => `fhtenant_${randomBytes(32).toString("base64url")}`;

/** Shape: hexadecimal. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Whose secrets they are, so that one tenant's sealed secret does not open as another's. */
export const tokenContext = (id: string) => `token of tenant ${id}`;
export const keyContext = (id: string) => `key of tenant ${id}`;
