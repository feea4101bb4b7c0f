import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";

export interface OracleMachineArgs {
  compartmentId: string;
  availabilityDomain: string;
  imageId: string;
  subnetId: pulumi.Input<string>;
  ocpus: number;
  memoryGb: number;
  dataGb: number;
  sshPublicKey: string;
}

/** The VM, and what outlives it: the data volume and the reserved address. */
export class OracleMachine extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: OracleMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:oracle:Machine", name, {}, opts);
    const { compartmentId, availabilityDomain } = args;
    const parent = { parent: this };
    const data = new oci.core.Volume(
      `${name}-data`,
      { compartmentId, availabilityDomain, sizeInGbs: String(args.dataGb), vpusPerGb: "10" },
      { ...parent, protect: true, retainOnDelete: true, ignoreChanges: ["availabilityDomain"] },
    );
    const vm = new oci.core.Instance(`${name}-vm`, instance(args), {
      ...parent,
      // The free allowance has no room for a second machine beside the first.
      deleteBeforeReplace: true,
      customTimeouts: { create: "30m" },
      // A newer image or a changed cloud-init would swap the boot volume or the whole VM: never unasked.
      ignoreChanges: ["sourceDetails.sourceId", "metadata", "availabilityDomain"],
    });
    new oci.core.VolumeAttachment(
      `${name}-attachment`,
      { attachmentType: "paravirtualized", instanceId: vm.id, volumeId: data.id },
      { ...parent, deleteBeforeReplace: true },
    );
    const address = new oci.core.PublicIp(
      `${name}-address`,
      { compartmentId, lifetime: "RESERVED", privateIpId: privateIpOf(compartmentId, vm) },
      { ...parent, retainOnDelete: true },
    );
    this.address = address.ipAddress;
    this.registerOutputs({ address: this.address });
  }
}

function instance({ compartmentId, availabilityDomain, imageId, subnetId, ocpus, memoryGb, sshPublicKey }: OracleMachineArgs): oci.core.InstanceArgs {
  return {
    compartmentId,
    availabilityDomain,
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { ocpus, memoryInGbs: memoryGb },
    sourceDetails: { sourceType: "image", sourceId: imageId, bootVolumeSizeInGbs: "50", bootVolumeVpusPerGb: "10" },
    // The reserved address is bound afterwards: it can't be given at creation.
    createVnicDetails: { subnetId, assignPublicIp: "false", assignIpv6ip: true, hostnameLabel: "home" },
    state: "RUNNING",
    metadata: { ssh_authorized_keys: sshPublicKey },
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    availabilityConfig: { recoveryAction: "RESTORE_INSTANCE" },
  };
}

function privateIpOf(compartmentId: string, vm: oci.core.Instance): pulumi.Output<string> {
  const attachments = oci.core.getVnicAttachmentsOutput({ compartmentId, instanceId: vm.id });
  const vnicId = attachments.vnicAttachments.apply(([first]) => first?.vnicId ?? missing("The VM has no network card yet."));
  return oci.core.getPrivateIpsOutput({ vnicId }).privateIps.apply(([first]) => first?.id ?? missing("The VM's network card has no address yet."));
}

function missing(what: string): never {
  throw new Error(`${what} Run \`pulumi up\` again in a minute.`);
}
