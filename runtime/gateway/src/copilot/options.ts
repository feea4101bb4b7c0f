import { z } from "zod";

/** What an owner must know before anything is sent. Source: github.com/orgs/community discussion 178117; copilot-api issues 84 and 134 (2026-11). */
export const copilotRisk =
  "GitHub offers Copilot's endpoints to its own editor tools only and has suspended accounts for scripted use. Using them from here can cost you the account. Copilot's own SDK and CLI are the official way.";

const address = (standard: string) => z.url({ protocol: /^https?$/, error: "must be an http or https address" }).default(standard);

/** What an entry of the kind copilot says beside the rest; its keys are GitHub tokens. */
export const copilotOptions = z.strictObject({
  acceptRisk: z.literal(true, `must be true, which says that you know: ${copilotRisk}`),
  clientId: z.string().min(1).max(100).optional().describe("of an OAuth app of yours; signing in from here needs one"),
  integrationId: z.string().min(1).max(100).optional().describe("sent as copilot-integration-id; none unless given"),
  githubUrl: address("https://github.com"),
  githubApiUrl: address("https://api.github.com"),
});

export type CopilotOptions = z.output<typeof copilotOptions>;
