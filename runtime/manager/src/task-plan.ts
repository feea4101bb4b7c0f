import type { ContainerCreateOptions } from "dockerode";
import { bind, dockerName, hardening, labels, stackOf, type Place } from "./container-plan.ts";
import type { TaskRequest } from "./task-request.ts";

/** Everything that Docker is told about the container of a task: a job's hardening, and less to see. */
export function planTask(name: string, request: TaskRequest, place: Place, jobsFolder: string): ContainerCreateOptions {
  const { jobId, workspace, mirror } = request;
  const mounts = [
    ...(workspace === "none" ? [] : [bind(`${jobsFolder}/${jobId}/workspace`, "/workspace", workspace === "read-only")]),
    ...(mirror === undefined ? [] : [bind(`${jobsFolder}/repositories/${mirror.name}`, "/mirror", mirror.readOnly)]),
  ];
  return {
    name: dockerName(place.prefix, name),
    Image: place.image,
    Hostname: "task",
    User: "1000:1000",
    WorkingDir: "/tmp",
    Cmd: [...request.argv],
    Env: Object.entries({ ...request.env, HOME: "/home/node" })
      .map(([variable, value]) => `${variable}=${value}`)
      .toSorted(),
    Labels: { [labels.stack]: stackOf(place.prefix), [labels.task]: jobId },
    HostConfig: { ...hardening(place), Mounts: mounts, NetworkMode: request.network ? place.repositoryNetwork : "none" },
  };
}
