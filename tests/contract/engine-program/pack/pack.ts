import * as docker from "@pulumi/docker";
import { PolicyPack, validateResourceOfType } from "@pulumi/policy";

new PolicyPack("engine-test", {
  policies: [
    {
      name: "no-privileged",
      description: "Checks whether a container is privileged.",
      enforcementLevel: "mandatory",
      validateResource: validateResourceOfType(docker.Container, (container, _arguments, report) => {
        if (container.privileged) report("The container must not be privileged.");
      }),
    },
  ],
});
