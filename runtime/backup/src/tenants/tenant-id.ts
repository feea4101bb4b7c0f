import { z } from "zod";

/** A tenant's id is the first label of its host name, a folder's name and part of a restic tag: nothing but these letters may ever be in it. */
export const tenantIdPattern = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;

const reserved = ["console", "gateway", "world", "projects", "www", "api", "admin", "mail", "freehold", "localhost"];

export const isTenantId = (text: string): boolean => tenantIdPattern.test(text) && !reserved.includes(text);

export const tenantId = z
  .string()
  .regex(tenantIdPattern, "2 to 32 of a-z, 0-9 and '-', beginning with a letter and not ending with '-'")
  .refine((id) => !reserved.includes(id), "is reserved");
