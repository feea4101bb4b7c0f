import * as command from "@pulumi/command";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { SshKey } from "../../ssh-keys.ts";
import { capacityRetry } from "./capacity.ts";

export interface OracleMachineArgs {
  /** Its names start with this. */
  prefix: string;
  compartmentId: string;
  availabilityDomain: string;
  faultDomain?: string | undefined;
  imageId: string;
  subnetId: pulumi.Input<string>;
  ocpus: number;
  memoryGb: number;
  dataGb: number;
  /** One line each. */
  authorizedKeys: readonly string[];
  hostKey: SshKey;
  clientKey: SshKey;
  /** Shape: text for cloud-init. */
  userData: string;
  /** A machine that is there already, to be taken over as it is. */
  claimedInstanceId?: string | undefined;
  /** Without it there are only the data volume and the address, which outlive the VM. */
  running: boolean;
}

interface Gated {
  vm: oci.core.Instance;
  volume: oci.core.Volume;
  after: pulumi.Resource[];
}

/** The VM, and what outlives it: the data volume and the reserved address. */
export class OracleMachine extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  /** The Docker version of a machine that is ready, known once it is. */
  readonly ready: pulumi.Output<string> | undefined;

  constructor(name: string, args: OracleMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:oracle:Machine", name, {}, opts);
    const { prefix, compartmentId, availabilityDomain } = args;
    const parent = { parent: this };
    const data = new oci.core.Volume(
      `${name}-data`,
      { compartmentId, availabilityDomain, displayName: `${prefix}-data`, sizeInGbs: String(args.dataGb), vpusPerGb: "10" },
      { ...parent, protect: true, retainOnDelete: true, ignoreChanges: ["availabilityDomain"] },
    );
    const vm = args.running ? this.#vm(name, args) : undefined;
    const attachment = vm === undefined ? [] : [this.#attach(name, vm, data)];
    const address = new oci.core.PublicIp(
      `${name}-address`,
      {
        compartmentId,
        displayName: `${prefix}-address`,
        lifetime: "RESERVED",
        ...(vm === undefined ? {} : { privateIpId: privateIpOf(compartmentId, vm, this) }),
      },
      // The home's name leads here for as long as the home exists.
      { ...parent, protect: true, retainOnDelete: true },
    );
    this.address = address.ipAddress;
    this.ready = vm === undefined ? undefined : this.#gate(name, args, { vm, after: [...attachment, address], volume: data });
    this.registerOutputs({ address: this.address });
  }

  #vm(name: string, args: OracleMachineArgs): oci.core.Instance {
    const wanted = instance(args);
    return new oci.core.Instance(`${name}-vm`, wanted, {
      parent: this,
      // The free allowance has no room for a second machine beside the first.
      deleteBeforeReplace: true,
      customTimeouts: { create: "30m" },
      // A newer image or a changed cloud-init would swap the boot volume or the whole VM: never unasked.
      // A machine that was claimed was made alike, but Oracle tells its parts in words of its own; it is to run all the same.
      ignoreChanges:
        args.claimedInstanceId === undefined
          ? ["sourceDetails", "metadata", "availabilityDomain", "faultDomain"]
          : Object.keys(wanted).filter((input) => input !== "state"),
      ...(args.claimedInstanceId === undefined ? {} : { import: args.claimedInstanceId }),
      hooks: { onError: [capacityRetry()] },
    });
  }

  #attach(name: string, vm: oci.core.Instance, data: oci.core.Volume): oci.core.VolumeAttachment {
    return new oci.core.VolumeAttachment(
      `${name}-attachment`,
      { attachmentType: "paravirtualized", instanceId: vm.id, volumeId: data.id },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  /** Nothing is sent to the machine's Docker before it answers over SSH, with the key that was given to it, and says that it is set up. */
  #gate(name: string, { hostKey, clientKey }: OracleMachineArgs, { vm, after, volume }: Gated): pulumi.Output<string> {
    const gate = new command.remote.Command(
      `${name}-ready`,
      {
        connection: {
          host: this.address,
          user: "ubuntu",
          privateKey: pulumi.secret(clientKey.privateKey),
          hostKey: hostKey.publicKey,
          // A new machine refuses connections for a minute or two.
          dialErrorLimit: 90,
          perDialTimeout: 15,
        },
        create: "sudo /usr/local/sbin/freehold-ready",
        // A new data volume has to be found and mounted first, by an old machine too.
        triggers: [vm.id, volume.id],
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: after, deleteBeforeReplace: true, customTimeouts: { create: "30m" } },
    );
    return gate.stdout;
  }
}

function instance(args: OracleMachineArgs): oci.core.InstanceArgs {
  const { prefix, compartmentId, availabilityDomain, faultDomain, imageId, subnetId, ocpus, memoryGb, authorizedKeys, userData } = args;
  return {
    compartmentId,
    availabilityDomain,
    ...(faultDomain === undefined ? {} : { faultDomain }),
    displayName: `${prefix}-vm`,
    // By it a machine is found again whose state was lost.
    freeformTags: { "freehold.stack": prefix },
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { ocpus, memoryInGbs: memoryGb },
    sourceDetails: { sourceType: "image", sourceId: imageId, bootVolumeSizeInGbs: "50", bootVolumeVpusPerGb: "10" },
    // The reserved address is bound afterwards: it can't be given at creation.
    createVnicDetails: { subnetId, assignPublicIp: "false", assignIpv6ip: true, hostnameLabel: "home" },
    // A machine that Oracle stopped for being idle is started again by the next update.
    state: "RUNNING",
    metadata: { ssh_authorized_keys: authorizedKeys.join("\n"), user_data: pulumi.secret(Buffer.from(userData).toString("base64")) },
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    availabilityConfig: { recoveryAction: "RESTORE_INSTANCE" },
  };
}

function privateIpOf(compartmentId: string, vm: oci.core.Instance, parent: pulumi.Resource): pulumi.Output<string> {
  const attachments = oci.core.getVnicAttachmentsOutput({ compartmentId, instanceId: vm.id }, { parent });
  const vnicId = attachments.vnicAttachments.apply(([first]) => first?.vnicId ?? missing("The VM has no network card yet."));
  return oci.core.getPrivateIpsOutput({ vnicId }, { parent }).privateIps.apply(([first]) => first?.id ?? missing("The VM's network card has no address yet."));
}

function missing(what: string): never {
  throw new Error(`${what} Run \`npm run freehold -- up prod\` again in a minute.`);
}
