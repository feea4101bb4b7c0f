import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

export interface VolumeArgs {
  /** Its name in Docker. */
  name: string;
  stack: string;
}

/**
 * A named volume that outlives the stack: `destroy` leaves it, and the next `up` adopts it by its name,
 * since Docker answers the creation of a volume that exists with that volume.
 */
export class Volume extends pulumi.ComponentResource {
  /** Plain, so that a preview knows it even before there is a machine to ask; what uses the volume depends on this component. */
  readonly name: string;

  constructor(name: string, args: VolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Volume", name, {}, opts);
    new docker.Volume(
      `${name}-volume`,
      { name: args.name, labels: [{ label: "freehold.stack", value: args.stack }] },
      { parent: this, retainOnDelete: true, deleteBeforeReplace: true },
    );
    this.name = args.name;
    this.registerOutputs({ name: this.name });
  }
}
