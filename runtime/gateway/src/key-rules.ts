import { z } from "zod";
import { budgetSchema } from "./budgets/budget.ts";
import { limitsSchema } from "./limits/limits.ts";

const names = (pattern: RegExp, like: string) =>
  z
    .array(z.string().regex(pattern, `must be names such as ${like}`))
    .min(1)
    .max(200)
    .readonly();

/** What a key may do, beside being valid; what is absent is not restricted. */
export const keyRulesSchema = z
  .strictObject({
    limits: limitsSchema.optional(),
    budget: budgetSchema.optional(),
    /** A `*` at the end stands for any rest. */
    models: names(/^[\w.:@/[\]-]{0,200}\*?$/, "claude-haiku-4-5 or claude-*").optional(),
    providers: names(/^[\w.-]{1,100}$/, "anthropic").optional(),
    /** False: its calls always reach a provider. */
    cache: z.boolean().optional(),
    /** True: the bodies of its requests are kept, sealed, for a while. */
    keepBodies: z.boolean().optional(),
  })
  .readonly();

export type KeyRules = z.output<typeof keyRulesSchema>;

/** Whether a model's name is among those allowed. */
export function allowsModel(allowed: readonly string[], model: string | undefined): boolean {
  if (model === undefined) return false;
  return allowed.some((name) => (name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name));
}
