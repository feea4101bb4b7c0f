import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "../settings.ts";

interface Registered {
  type: string;
  inputs: Record<string, unknown>;
}

const configuration = {
  "freehold:place": "oracle",
  "freehold:oracle": JSON.stringify({
    compartmentId: "ocid1.compartment.oc1..aaaa",
    availabilityDomain: "Uocm:EU-ZURICH-1-AD-1",
    imageId: "ocid1.image.oc1.eu-zurich-1.aaaa",
    sshPublicKey: "ssh-ed25519 AAAA owner",
    adminCidrs: ["198.51.100.7/32"],
    domain: "home.example",
  }),
};

async function build(preview: boolean): Promise<Registered[]> {
  const seen: Registered[] = [];
  const lists: Record<string, unknown> = { vnicAttachments: [{ vnicId: "vnic" }], privateIps: [{ id: "private-ip" }] };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({ type, inputs });
        return { id: `${name}-id`, state: { ...inputs, ipAddress: "203.0.113.9", ipv6cidrBlocks: ["2001:db8::/56"] } };
      },
      call: () => lists,
    },
    "freehold",
    "prod",
    preview,
  );
  const { placeOf } = await import("./index.ts");
  placeOf(parseSettings("prod", configuration), "freehold-prod");
  await pulumi.runtime.disconnect();
  return seen;
}

const only = (seen: Registered[], type: string) => seen.filter((resource) => resource.type === type).map(({ inputs }) => inputs);

test.each([true, false])("the free Oracle VM is built as the free allowance wants it (preview: %s)", async (preview) => {
  const seen = await build(preview);
  expect(only(seen, "oci:Core/instance:Instance")).toMatchObject([
    {
      shape: "VM.Standard.A1.Flex",
      shapeConfig: { ocpus: 2, memoryInGbs: 12 },
      sourceDetails: { bootVolumeSizeInGbs: "50", bootVolumeVpusPerGb: "10" },
      instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    },
  ]);
  expect(only(seen, "oci:Core/volume:Volume")).toMatchObject([{ sizeInGbs: "100", vpusPerGb: "10" }]);
  const [security] = only(seen, "oci:Core/defaultSecurityList:DefaultSecurityList");
  const ssh = ((security?.["ingressSecurityRules"] ?? []) as { source: string; tcpOptions?: { min: number } }[]).filter(
    ({ tcpOptions }) => tcpOptions?.min === 22,
  );
  expect(ssh.map(({ source }) => source)).toEqual(["198.51.100.7/32"]);
});

test("a prod stack without its machine's settings is told which there are", async () => {
  const { placeOf } = await import("./index.ts");
  expect(() => placeOf(parseSettings("prod", { "freehold:place": "oracle" }), "freehold-prod")).toThrow(/freehold:oracle/);
});
