import { list, port, secret } from "@freehold/kernel/config";
import { z } from "zod";

/** The manager's settings; its README has the same table. */
export const settings = z.object({
  PORT: port(4030).describe("Where the API listens."),
  HOST: z.string().min(1).default("0.0.0.0").describe("The address it listens on."),
  MANAGER_TOKEN: secret().describe("What callers must present as a bearer token."),
  DOCKER_SOCKET: z.string().startsWith("/", "must be an absolute path").default("/var/run/docker.sock").describe("The Docker engine's socket."),
  NAME_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,60}$/, "must be lower-case letters, digits and dashes")
    .describe("Begins each container's name; `freehold-<stack>`."),
  JOBS_VOLUME: z.string().min(1).describe("The volume that holds the folders of the jobs."),
  JOB_IMAGE: z.string().min(1).describe("The image that job containers are made from."),
  JOB_NETWORKS: list()
    .pipe(z.array(z.string()).min(1, "must name at least one network"))
    .describe("One network per slot, in their order, separated by commas."),
  JOB_GATEWAY_URL: z.url().default("http://gateway:4010").describe("The gateway as job containers see it; the only model endpoint they know."),
  REPOSITORY_NETWORK: z.string().min(1).optional().describe("The network on which repositories are fetched and pushed; without it they can't be."),
  JOB_MEMORY_MB: z.coerce.number().int().min(256).default(1_536).describe("Memory of a job container in MiB; it gets no swap."),
  JOB_CPUS: z.coerce.number().positive().default(1).describe("CPUs of a job container."),
  JOB_PIDS: z.coerce.number().int().min(32).default(512).describe("Processes and threads of a job container."),
});

export type Settings = z.output<typeof settings>;
