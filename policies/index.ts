import type { Policies } from "@pulumi/policy";
import * as account from "./account.ts";
import * as compute from "./compute.ts";
import * as containerLimits from "./container-limits.ts";
import * as containers from "./containers.ts";
import { freeTypes } from "./free-types.ts";
import * as google from "./google-storage.ts";
import * as names from "./names.ts";
import * as network from "./network.ts";
import * as secrets from "./secrets.ts";
import * as storage from "./storage.ts";

/** Every policy of the pack. One that is not in this list does not run. */
export const policies: Policies = [
  freeTypes,
  account.homeRegion,
  account.costWall,
  containers.containerPrivileged,
  containers.containerCapabilities,
  containers.containerNoNewPrivileges,
  containers.containerHostNamespaces,
  containers.containerDevices,
  containers.containerDockerSocket,
  containers.oneSocketHolder,
  containers.containerHostPaths,
  containers.volumeHostPaths,
  containerLimits.containerMemory,
  containerLimits.homeMemory,
  containerLimits.containerImage,
  containerLimits.imagePlatform,
  containerLimits.containerRestart,
  containerLimits.containerLog,
  secrets.containerSecrets,
  secrets.imageSecrets,
  network.containerPublishedPorts,
  network.networkDriver,
  network.firewallOpenPorts,
  network.firewallPathMtu,
  network.vcnCount,
  network.loadBalancerCount,
  network.loadBalancerBandwidth,
  names.dnsRecordCount,
  names.dnsWildcard,
  compute.instanceShape,
  compute.a1Size,
  compute.a1Total,
  compute.microCount,
  compute.instanceReplacement,
  compute.instanceLegacyMetadata,
  storage.blockTotal,
  storage.volumeSize,
  storage.volumePerformance,
  storage.volumeProtected,
  storage.volumeBackups,
  storage.objectStoragePrivate,
  storage.objectStorageVersions,
  google.gcsLocation,
  google.gcsUniformAccess,
  google.gcsPublicAccess,
  google.gcsSoftDelete,
  google.gcsLifecycle,
  google.gcsForceDestroy,
  google.gcsStorageClass,
  google.gcsMemberRoles,
  google.gcsNoPublicMembers,
];
