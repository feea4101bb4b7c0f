import { z } from "zod";

export const deliveryModes = ["none", "push", "pull-request"] as const;
export type DeliveryMode = (typeof deliveryModes)[number];

/** What git takes for a branch, less what nobody needs. Source: git-check-ref-format(1). */
const branchName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w./+-]*$/, "must hold letters, digits and ._/+- and begin with a letter or digit")
  .refine((name) => !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name), "is no name that git takes for a branch");

const repositoryUrl = z.url({ protocol: /^https?$/, error: "must be an https:// or http:// address" }).superRefine((text, context) => {
  const refuse = (message: string) => context.addIssue({ code: "custom", message });
  // What is no address at all was refused already.
  if (!URL.canParse(text)) return;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") refuse("must hold no user or token; store that as a credential and name it");
  if (url.search !== "" || url.hash !== "" || url.pathname === "/") refuse("must be the address of a repository");
  if (text.length > 1_000 || /[\p{Cc}\s\\]/u.test(text)) refuse("is no address that git could use");
});

export const credentialName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must hold small letters, digits and dashes");

/** What `POST /api/jobs` takes of a repository. */
export const repositoryRequest = z
  .strictObject({
    url: repositoryUrl,
    branch: branchName.optional(),
    newBranch: branchName.optional(),
    credential: credentialName.optional(),
    deliver: z.enum(deliveryModes).default("none"),
  })
  .refine(({ deliver, credential }) => deliver !== "pull-request" || credential !== undefined, {
    path: ["credential"],
    message: "is needed for a pull request",
  });

export const repositoryRequestFields = { repository: repositoryRequest.optional() };
export type RepositoryRequest = z.output<typeof repositoryRequest>;

/** The body of `PUT /api/repositories/credentials/:name`. */
export const credentialRequest = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(10_000)
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without blanks"),
  username: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be printable ASCII without blanks")
    .default("x-access-token"),
  origin: z
    .url({ protocol: /^https?$/ })
    .refine((text) => URL.canParse(text) && new URL(text).origin === text, "must be scheme and host, such as https://github.com")
    .default("https://github.com"),
});

export type CredentialRequest = z.output<typeof credentialRequest>;

/** The branch that a job's work goes to unless it names one. */
export const branchOfJob = (jobId: string) => `freehold/job-${jobId.slice(-12)}`;
