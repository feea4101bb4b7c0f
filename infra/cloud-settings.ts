import { z } from "zod";
import { limits, profiles } from "../policies/limits.ts";

const ocid = (kind: string) => z.string().startsWith(`ocid1.${kind}.`, `an OCID that starts with "ocid1.${kind}."`);
const { free, payg } = limits.oracle.a1;

export const oracleShape = z.strictObject({
  homeRegion: z
    .string()
    .regex(/^[a-z]+-[a-z]+-\d+$/, "the name of a region, such as eu-zurich-1")
    .describe("the account's home region: only there are resources free for ever"),
  tenancyId: ocid("tenancy").describe("OCID of the account itself, where budget and quotas live"),
  compartmentId: ocid("compartment").describe("OCID of the compartment that holds the home and nothing else; the quotas bind it"),
  compartmentName: z
    .string()
    .regex(/^[\w.-]{1,100}$/, "letters, digits, '.', '-' and '_'")
    .default("freehold")
    .describe("name of that compartment, directly below the root"),
  availabilityDomain: z.string().min(1).describe("where the VM stands; a data volume can't follow it elsewhere. `freehold claim` finds one with room"),
  faultDomain: z.string().min(1).optional().describe("part of that domain with room, where `freehold claim` found one"),
  claimedInstanceId: ocid("instance").optional().describe("a machine that `freehold claim` has got; the next update takes it over"),
  imageId: ocid("image").describe("OCID of the Ubuntu 24.04 image for Arm (aarch64), pinned; a running VM is updated in place"),
  profile: z.enum(profiles).default("free").describe("`free`: 2 CPUs and 12 GB, free for ever. `payg`: 4 and 24, which may cost money"),
  acceptPaygCost: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe(`with the profile payg: I accept that the VM may cost up to $${payg.worstCaseUsdPerMonth.value} a month`),
  ocpus: z.coerce.number().int().min(1).max(payg.ocpus.value).optional().describe("CPUs of the VM; all that the profile gives unless set"),
  memoryGb: z.coerce.number().int().min(6).max(payg.memoryGb.value).optional().describe("memory of the VM, in GB; all that the profile gives unless set"),
  dataGb: z.coerce.number().int().min(50).max(150).default(100).describe("size of the data volume, in GB; 200 with the boot volume's 50 are free"),
  sshPublicKey: z
    .string()
    .regex(/^(ssh-|ecdsa-|sk-)/, "one line of an OpenSSH public key")
    .optional()
    .describe("a public key of yours, to look around by hand; Freehold's own follows from the home's key"),
  adminCidrs: z.array(z.cidrv4().or(z.cidrv6())).min(1).describe('where SSH may come from, such as ["203.0.113.7/32"]'),
  domain: z
    .string()
    .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a name such as home.example.org")
    .describe("the home's domain; its parts are console.<domain> and so on"),
  email: z.email().describe("where alarms, the budget's warning and the certificates' authority write to"),
  certificateAuthority: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe("ACME directory that signs the certificates; Let's Encrypt unless set"),
  running: z.stringbool().or(z.boolean()).default(true).describe("false takes the VM away and leaves what outlives it: data volume, address, buckets"),
});

export const oracle = oracleShape
  .superRefine(({ profile, acceptPaygCost, ocpus, memoryGb }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (profile === "payg" && !acceptPaygCost)
      refuse("acceptPaygCost", `the profile payg may cost up to $${payg.worstCaseUsdPerMonth.value} a month; accept it by true, or use the profile free`);
    if (profile === "free" && (ocpus ?? 0) > free.ocpus.value) refuse("ocpus", `the profile free has ${free.ocpus.value} OCPUs`);
    if (profile === "free" && (memoryGb ?? 0) > free.memoryGb.value) refuse("memoryGb", `the profile free has ${free.memoryGb.value} GB`);
  })
  .transform((given) => {
    const allowance = limits.oracle.a1[given.profile];
    return { ...given, ocpus: given.ocpus ?? allowance.ocpus.value, memoryGb: given.memoryGb ?? allowance.memoryGb.value };
  });

export type OracleSettings = z.output<typeof oracle>;

const bucketName = z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "3 to 63 small letters, digits and hyphens");

export const googleShape = z.strictObject({
  projectId: z
    .string()
    .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "the id of a project, such as my-home-123456")
    .describe("id of the Google Cloud project that holds the off-site backups"),
  location: z
    .string()
    .toUpperCase()
    .pipe(z.enum(limits.google.regions.value, "only these are free"))
    .default("US-CENTRAL1")
    .describe("region of the bucket; only three are free"),
  bucket: bucketName.optional().describe("name of the bucket, unique in the world; made of the project's id unless set"),
});

export type GoogleSettings = z.output<typeof googleShape>;

export const cloudflareShape = z.strictObject({
  zoneId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "32 hex digits, from the zone's overview page")
    .describe("the zone that the home's domain belongs to"),
  r2AccountId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "32 hex digits")
    .optional()
    .describe("with it the off-site backups go to Cloudflare R2 instead of Google"),
  r2AccessKeyId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "32 hex digits, from R2's page of API tokens")
    .optional()
    .describe("the key by which R2's bucket is written; its secret is freehold:r2SecretAccessKey"),
  r2Bucket: bucketName.default("freehold-backups").describe("name of R2's bucket"),
});

export const cloudflare = cloudflareShape.superRefine(({ r2AccountId, r2AccessKeyId }, context) => {
  if ((r2AccountId === undefined) !== (r2AccessKeyId === undefined))
    context.addIssue({
      code: "custom",
      path: [r2AccountId === undefined ? "r2AccountId" : "r2AccessKeyId"],
      message: "r2AccountId and r2AccessKeyId go together",
    });
});

export type CloudflareSettings = z.output<typeof cloudflare>;
