import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

export interface NetworkArgs {
  /** Its name in Docker. */
  name: string;
  /** Without a way out: its containers reach one another and nothing else. */
  internal: boolean;
  /** Its addresses; Docker chooses unless given. Shape: CIDR. */
  subnet?: string | undefined;
  stack: string;
}

/** A bridge network of the home. */
export class Network extends pulumi.ComponentResource {
  /** Plain, so that a preview knows it even before there is a machine to ask; what uses the network depends on this component. */
  readonly name: string;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Network", name, {}, opts);
    new docker.Network(
      `${name}-network`,
      {
        name: args.name,
        driver: "bridge",
        internal: args.internal,
        labels: [{ label: "freehold.stack", value: args.stack }],
        ...(args.subnet === undefined ? {} : { ipamConfigs: [{ subnet: args.subnet }] }),
      },
      { parent: this, deleteBeforeReplace: true },
    );
    this.name = args.name;
    this.registerOutputs({ name: this.name });
  }
}
