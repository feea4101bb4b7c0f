import { z } from "zod";
import { signInInput } from "../inputs.ts";
import { roles } from "../roles.ts";
import type { OwnDescription } from "./own-description.ts";

const tag = "Session";
const done = { 204: { description: "Done" } };

export const sessionDescriptions = {
  signIn: {
    summary: "Sign in; the answer sets the session's cookie",
    tag,
    body: signInInput,
    answers: done,
    errors: ["auth.wrong-password", "auth.throttled"],
  },
  whoAmI: {
    summary: "Ask who one is",
    tag,
    answers: {
      200: {
        description: "The member, and the role that this request may act in",
        body: z.object({ user: z.object({ id: z.string(), name: z.string(), role: z.enum(roles) }) }),
      },
    },
  },
  signOut: { summary: "End this session", tag, answers: done },
} satisfies Record<string, OwnDescription>;
