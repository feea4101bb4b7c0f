import { z } from "zod";

/** What an owner must know before anything is sent. Source: README and issues 277, 313 and 341 of antigravity-claude-proxy; CLIProxyAPI issue 1814 (2026-11). */
export const antigravityRisk =
  "Google offers Antigravity's endpoints to its own programs only and has banned accounts for other use. Using them from here can cost you the Google account. The Gemini API with a key of AI Studio is the official way.";

/** What an entry of the kind antigravity says beside the rest; its address is that of a bridge that asks Antigravity. */
export const antigravityOptions = z.strictObject({ acceptRisk: z.literal(true, `must be true, which says that you know: ${antigravityRisk}`) });
