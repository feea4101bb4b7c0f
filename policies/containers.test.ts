import { expect, test } from "@jest/globals";
import {
  containerCapabilities,
  containerDevices,
  containerDockerSocket,
  containerHostNamespaces,
  containerHostPaths,
  containerNoNewPrivileges,
  containerPrivileged,
  oneSocketHolder,
  volumeHostPaths,
} from "./containers.ts";
import { goodContainer, goodDockerVolume, goodEdge, goodManager, judge, unknownMarker } from "./fixtures.ts";

const socket = { type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" };

test.each([
  ["is privileged", containerPrivileged, { privileged: true }, "privileged = true"],
  ["is privileged by a value that the preview does not know", containerPrivileged, { privileged: unknownMarker }, "privileged: not known before the update"],
  ["keeps its capabilities", containerCapabilities, { capabilities: undefined }, "capabilities.drops = []"],
  ["drops some capabilities only", containerCapabilities, { capabilities: { drops: ["NET_RAW"] } }, "capabilities.drops = [NET_RAW]"],
  ["adds a capability that owns the host", containerCapabilities, { capabilities: { drops: ["ALL"], adds: ["SYS_ADMIN"] } }, "capabilities.adds has SYS_ADMIN"],
  [
    "adds one of many capabilities wrongly",
    containerCapabilities,
    { capabilities: { drops: ["ALL"], adds: ["NET_BIND_SERVICE", "CAP_NET_ADMIN"] } },
    "capabilities.adds has CAP_NET_ADMIN",
  ],
  ["lets its processes gain privileges", containerNoNewPrivileges, { securityOpts: [] }, "securityOpts = []"],
  ["lets its processes gain privileges in so many words", containerNoNewPrivileges, { securityOpts: ["no-new-privileges:false"] }, "no-new-privileges:false"],
  ["switches seccomp off", containerNoNewPrivileges, { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] }, "seccomp=unconfined"],
  ["switches AppArmor off", containerNoNewPrivileges, { securityOpts: ["no-new-privileges", "apparmor:unconfined"] }, "apparmor:unconfined"],
  ["is on the host's network", containerHostNamespaces, { networkMode: "host" }, "networkMode = host"],
  ["joins the network named host", containerHostNamespaces, { networksAdvanced: [{ name: "host" }] }, "networksAdvanced = host"],
  ["sees the host's processes", containerHostNamespaces, { pidMode: "host" }, "pidMode = host"],
  ["shares memory with the host", containerHostNamespaces, { ipcMode: "host" }, "ipcMode = host"],
  ["shares the users of the host", containerHostNamespaces, { usernsMode: "host" }, "usernsMode = host"],
  [
    "enters another container's network",
    containerHostNamespaces,
    { networkMode: "container:freehold-dev-gateway" },
    "networkMode = container:freehold-dev-gateway",
  ],
  ["gets a disk of the host", containerDevices, { devices: [{ hostPath: "/dev/sda" }] }, "/dev/sda"],
  ["may make devices", containerDevices, { deviceCgroupRules: ["c *:* rwm"] }, "deviceCgroupRules"],
  ["gets the Docker socket by a mount", containerDockerSocket, { mounts: [socket] }, "mounts[0].source = /var/run/docker.sock"],
  [
    "gets the Docker socket by a volume",
    containerDockerSocket,
    { volumes: [{ hostPath: "/run/user/1000/docker.sock", containerPath: "/d" }] },
    "volumes[0] = /run/user/1000/docker.sock",
  ],
  [
    "gets the Docker socket by a volume's name",
    containerDockerSocket,
    { volumes: [{ volumeName: "/var/run/docker.sock", containerPath: "/d" }] },
    "volumes[0] = /var/run/docker.sock",
  ],
  ["gets the socket of containerd", containerDockerSocket, { mounts: [{ ...socket, source: "/run/containerd/containerd.sock" }] }, "containerd.sock"],
  ["gets something uploaded as the Docker socket", containerDockerSocket, { uploads: [{ file: "/var/run/docker.sock", content: "" }] }, "uploads[0].file"],
  [
    "gets a mount that the preview does not know",
    containerDockerSocket,
    { mounts: [{ type: "bind", source: unknownMarker, target: "/x" }] },
    "mounts.0.source: not known",
  ],
  ["gets mounts that the preview does not know", containerHostPaths, { mounts: unknownMarker }, "mounts: not known"],
  ["gets a path of the host by a mount", containerHostPaths, { mounts: [{ type: "bind", source: "/etc", target: "/etc" }] }, "mounts[0].source = /etc"],
  ["gets the socket's folder", containerHostPaths, { mounts: [{ type: "bind", source: "/var/run", target: "/host" }] }, "mounts[0].source = /var/run"],
  [
    "gets a path of the host by a volume",
    containerHostPaths,
    { volumes: [{ hostPath: "/root/.ssh", containerPath: "/k", readOnly: true }] },
    "volumes[0] = /root/.ssh",
  ],
  ["gets a relative path of the host", containerHostPaths, { volumes: [{ hostPath: "./data", containerPath: "/k" }] }, "volumes[0] = ./data"],
  [
    "gets a path of the host by a volume's driver",
    containerHostPaths,
    { mounts: [{ type: "volume", target: "/k", volumeOptions: { driverOptions: { type: "none", o: "bind", device: "/etc" } } }] },
    "driverOptions.device = /etc",
  ],
  [
    "gets the volumes of the manager",
    containerHostPaths,
    { volumes: [{ fromContainer: "freehold-dev-manager" }] },
    "volumes[0].fromContainer = freehold-dev-manager",
  ],
])("a container that %s is refused", (_what, policy, change, found) => {
  const messages = judge(policy, [goodContainer(change)]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(found);
  expect(messages[0]).toMatch(/^web-container \(docker:index\/container:Container\): .+\n {2}found: .+\n {2}limit: .+\n {2}cure: {2}.+$/);
});

test("the manager may hold the Docker socket, but no other path of its host", () => {
  expect(judge(containerDockerSocket, [goodManager()])).toEqual([]);
  expect(judge(containerHostPaths, [goodManager()])).toEqual([]);
  expect(judge(containerHostPaths, [goodManager({ mounts: [socket, { type: "bind", source: "/var/lib/docker", target: "/x" }] })])).toHaveLength(1);
});

test("a container that only pretends to be a manager is refused the Docker socket", () => {
  expect(judge(containerDockerSocket, [goodManager({ name: "freehold-dev-manager-2" })])).toHaveLength(1);
  expect(judge(containerDockerSocket, [goodManager({ name: unknownMarker })])).toHaveLength(1);
});

test("two managers are one too many", () => {
  const [message] = judge(oneSocketHolder, [goodManager(), goodManager({ name: "freehold-other-manager" }), goodEdge()]);
  expect(message).toContain("freehold-dev-manager, freehold-other-manager");
  expect(judge(oneSocketHolder, [goodManager(), goodEdge()])).toEqual([]);
});

test("a harmless capability may be added", () => {
  expect(judge(containerCapabilities, [goodContainer({ capabilities: { drops: ["all"], adds: ["CAP_NET_BIND_SERVICE"] } })])).toEqual([]);
});

test.each([
  ["a bind of a path", { driverOpts: { type: "none", o: "bind", device: "/etc" } }, 3],
  ["a share", { driver: "nfs" }, 1],
  ["options that the preview does not know", { driverOpts: unknownMarker }, 1],
])("a volume that is %s is refused", (_what, change, count) => {
  expect(judge(volumeHostPaths, [goodDockerVolume(change)])).toHaveLength(count);
});
