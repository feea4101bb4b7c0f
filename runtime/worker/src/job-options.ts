import { z } from "zod";

/** How Claude Code treats tools that nobody has allowed; `ask` puts each before the owner. Source: Claude Code 2.1.329, `--permission-mode`. */
export const permissionModes = ["bypassPermissions", "acceptEdits", "plan", "dontAsk", "ask"] as const;
export type PermissionMode = (typeof permissionModes)[number];

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "holds a NUL character");
const toolRules = z.array(z.string().regex(/^[A-Za-z][^\0\n]{0,199}$/, "must be a tool's name or rule, such as Bash(git log:*)")).max(100);
const variables = z.record(z.string().regex(/^[A-Za-z_]\w{0,99}$/, "must be a variable's name"), text(10_000));
const headers = z.record(z.string().regex(/^[A-Za-z][\w-]{0,99}$/, "must be a header's name"), z.string().regex(/^[^\r\n\0]{0,10000}$/));
const mcpServer = z.union([
  z.strictObject({
    type: z.literal("stdio").optional(),
    command: text(1_000).min(1),
    args: z.array(text(10_000)).max(100).optional(),
    env: variables.optional(),
  }),
  z.strictObject({ type: z.enum(["http", "sse"]), url: z.url({ protocol: /^https?$/ }).max(2_000), headers: headers.optional() }),
]);
const mcpServers = z
  .record(z.string().regex(/^[A-Za-z][\w-]{0,59}$/, "must be a server's name"), mcpServer)
  .refine((servers) => Object.keys(servers).length <= 20, "names more than 20 servers")
  .refine((servers) => !Object.hasOwn(servers, "freehold"), "names a server freehold, which is the home's own");

/** What a job may be told beside its prompt; absent ones leave Claude Code as it is. Units: US dollars, milliseconds. */
export const jobOptionFields = {
  priority: z.int().min(-100).max(100).optional(),
  allowedTools: toolRules.optional(),
  disallowedTools: toolRules.optional(),
  permissionMode: z.enum(permissionModes).optional(),
  approvalTimeoutMs: z.int().min(1_000).max(86_400_000).optional(),
  budgetUsd: z.number().min(0.01).max(10_000).optional(),
  stallMs: z.int().min(1_000).max(86_400_000).optional(),
  retryDelayMs: z.int().min(0).max(3_600_000).optional(),
  mcpServers: mcpServers.optional(),
  systemPrompt: text(100_000).optional(),
};

const storedOptions = z.object(jobOptionFields).omit({ priority: true, budgetUsd: true });

/** The options as they are stored with the job; priority and budget have columns of their own. */
export type JobOptions = z.output<typeof storedOptions>;
export type McpServers = z.output<typeof mcpServers>;

/** The options among a request's fields, all else left out. */
export const optionsOf = (request: object): JobOptions => storedOptions.parse(request);

/** The options as the API shows them: of variables and headers only the names. */
export function viewOptions({ mcpServers: servers, ...options }: JobOptions) {
  return {
    allowedTools: options.allowedTools ?? null,
    disallowedTools: options.disallowedTools ?? null,
    permissionMode: options.permissionMode ?? ("bypassPermissions" as const),
    approvalTimeoutMs: options.approvalTimeoutMs ?? null,
    stallMs: options.stallMs ?? null,
    retryDelayMs: options.retryDelayMs ?? null,
    systemPrompt: options.systemPrompt ?? null,
    mcpServers: servers === undefined ? null : Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, viewServer(server)])),
  };
}

function viewServer(server: McpServers[string]) {
  if ("url" in server) return { type: server.type, url: server.url, headers: Object.keys(server.headers ?? {}) };
  return { type: "stdio" as const, command: server.command, args: server.args ?? [], env: Object.keys(server.env ?? {}) };
}
