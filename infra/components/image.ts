import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { contentHash, listFiles } from "./content.ts";

export const root = join(import.meta.dirname, "../..");

export interface ImageArgs {
  /** Name without the tag: `freehold/<name>`. */
  name: string;
  /** The folder that is sent to Docker, from the top of the checkout. */
  context?: string;
  /** Files and folders of the context that enter the image. */
  paths: readonly string[];
  /** From the context's top. */
  dockerfile: string;
  buildArguments?: Record<string, string>;
  /** `DOCKER_HOST` of the engine that builds; this machine's unless given. */
  environment?: Record<string, pulumi.Input<string>>;
}

/**
 * An image, tagged by the hash of what goes into it and built by the stack on the engine that runs it, so no registry is needed.
 * `docker build` does it rather than the provider, because the provider can't build where Docker keeps images in containerd.
 */
export class Image extends pulumi.ComponentResource {
  /** Shape: `freehold/gateway:0123456789ab`. Known in previews; what uses it depends on this component, which has it built. */
  readonly tag: string;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Image", name, {}, opts);
    const context = args.context ?? ".";
    const files = listFiles(join(root, context), args.paths);
    this.tag = `freehold/${args.name}:${contentHash(join(root, context), files, args.buildArguments ?? {})}`;
    new command.local.Command(
      `${name}-build`,
      {
        create: buildCommand(this.tag, context, args),
        stdin: `${files.join("\n")}\n`,
        triggers: [this.tag],
        addPreviousOutputInEnv: false,
        ...(args.environment === undefined ? {} : { environment: args.environment }),
      },
      { parent: this, deleteBeforeReplace: false },
    );
    this.registerOutputs({ tag: this.tag });
  }
}

/**
 * Sends exactly the hashed files (their names come on standard input), so that nothing else can slip into the image.
 * Commands run in infra/, the folder of the program; an image that is there already is not built again.
 */
function buildCommand(tag: string, context: string, { dockerfile, buildArguments = {} }: ImageArgs): string {
  const given = Object.entries(buildArguments).map(([name, value]) => `--build-arg '${name}=${value}'`);
  const build = ["docker build --quiet", `--tag ${tag}`, "--label freehold.image=1", `--file ${dockerfile}`, ...given, "-"].join(" ");
  const sent = `tar -C ../${context} -cf - -T - | ${build}`;
  // What Docker says is shown whole where it fails, and only then.
  return `docker image inspect --format present ${tag} 2>/dev/null || { said=$(${sent} 2>&1) || { printf '%s\\n' "$said" >&2; exit 1; }; }; echo ${tag}`;
}
