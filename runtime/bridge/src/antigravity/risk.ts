/** What an owner must know before anything is sent. Source: README and issues 277, 313 and 341 of antigravity-claude-proxy; CLIProxyAPI issue 1814 (2026-11). */
export const antigravityRisk =
  "Google offers Antigravity's endpoints (Cloud Code Assist) to its own programs only and has banned accounts for other use. Using them from here can cost you the Google account, with all that hangs on it. The Gemini API with a key of AI Studio is the official way.";
