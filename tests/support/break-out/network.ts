import type { Attempt, Targets } from "./attempt.ts";

/** To whom a tenant may not speak. */
export function networkAttempts({ core, sibling, siblingName, host, internet, metadata }: Targets): Attempt[] {
  const hosts = [
    ["Docker's usual bridge", host.usual],
    ["its own interface", host.own],
    ["the bridge of the services", host.core],
  ] as const;
  const services = [
    ["PostgreSQL", 5432],
    ["Valkey", 6379],
    ["the manager", 4030],
    ["the backup service", 4060],
  ] as const;
  return [
    { what: "a sibling tenant by its address", run: `tcp ${sibling} 18789`, works: { from: "edge" } },
    { what: "a sibling tenant by its name", run: `tcp tenant-alice 18789; tcp ${siblingName} 18789`, works: { from: "edge" } },
    ...services.map(([name, port]): Attempt => ({ what: `${name} by its address`, run: `tcp ${core} ${port}`, works: { from: "core" } })),
    {
      what: "the services by their names",
      run: "for name in postgres:5432 valkey:6379 manager:4030 backup:4060; do tcp ${name%:*} ${name#*:}; done",
      works: { from: "core" },
    },
    ...hosts.map(([name, address]): Attempt => ({
      what: `the host at ${name}`,
      run: `tcp ${address} ${host.port}`,
      works: { from: address === host.core ? "core" : "plain" },
    })),
    {
      what: "the host at the first address of the tenant's own network",
      run: `own=$(hostname -i); tcp \${own%.*}.$((\${own##*.} / 16 * 16 + 1)) ${host.port}`,
      works: { from: "core" },
    },
    { what: "the Internet without the proxy", run: `tcp ${internet} 80`, works: { from: "outside" } },
    { what: "the cloud's metadata", run: `tcp ${metadata} 80`, works: { from: "metadata" } },
    {
      what: "a name server outside, past the engine's resolver",
      run: `node -e 'const s=require("dgram").createSocket("udp4");s.on("error",()=>process.exit());s.on("message",()=>{console.log("BROKE OUT");process.exit()});s.send("ask",53,"${internet}");setTimeout(()=>process.exit(),2000)'`,
      works: { from: "outside" },
    },
    {
      what: "a name of the Internet, asked of the engine's resolver",
      run: `node -e 'const r=new (require("dns").Resolver)({timeout:1500,tries:1});r.resolve4("deb.debian.org",(e,a)=>a&&console.log("BROKE OUT"))'`,
      works: { from: "outside" },
    },
    { what: "a raw socket", run: `perl -e 'socket(my $s,2,3,1) and print "BROKE OUT\\n"'`, works: { from: "free" } },
    {
      what: "a packet socket, with which neighbours' ARP is forged",
      run: `perl -e 'socket(my $s,17,3,768) and print "BROKE OUT\\n"'`,
      works: { from: "free" },
    },
    {
      what: "a socket to the hypervisor",
      run: `perl -e 'socket(my $s,40,1,0) and print "BROKE OUT\\n"'`,
      works: { from: "plain", run: `perl -e 'socket(my $s,1,1,0) and print "BROKE OUT\\n"'` },
    },
    {
      what: "the edge's address for itself",
      run: `perl -e 'socket(my $s,2,2,0);my $r=pack("a16Sna4x8","lo:9",2,0,pack("C4",10,99,0,3));ioctl($s,0x8916,$r) and print "BROKE OUT\\n"'`,
      works: { from: "free" },
    },
    {
      what: "IPv6",
      run: `echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; sleep 0.3; grep -v ' lo$' /proc/net/if_inet6 && echo BROKE OUT`,
      works: { from: "free" },
    },
  ];
}

/** What the proxy must refuse; each in a way that would reach something, were it not refused. */
export function proxyAttempts({ core, sibling, host, internet, metadata }: Targets): Attempt[] {
  const decimal = core.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const hex = core
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")
    .replace(/(....)$/, ":$1");
  const allowed = { from: "edge", run: `proxied http://${internet}/` } as const;
  const tunnelled = { from: "edge", run: `tunnel http://${internet}/` } as const;
  const judged = { from: "edge", run: `refused http://${internet}/` } as const;
  return [
    { what: "a database through the proxy by address", run: `refused http://${core}:5432/; tunnel http://${core}:5432/`, works: tunnelled },
    { what: "a database through the proxy by name", run: "refused http://postgres:5432/; tunnel http://postgres:5432/", works: tunnelled },
    { what: "the manager through the proxy", run: `proxied http://${core}:4030/; tunnel http://manager:4030/`, works: allowed },
    { what: "a sibling tenant through the proxy", run: `refused http://${sibling}:18789/; tunnel http://${sibling}:18789/`, works: tunnelled },
    { what: "the cloud's metadata through the proxy", run: `refused http://${metadata}/; tunnel http://${metadata}/`, works: allowed },
    { what: "the host through the proxy", run: `refused http://${host.usual}:${host.port}/; tunnel http://${host.core}:${host.port}/`, works: judged },
    {
      what: "the proxy's own loopback through it",
      run: "refused http://127.0.0.1:3128/; refused http://0.0.0.0:3128/; tunnel http://localhost:5432/",
      works: judged,
    },
    { what: "a private address written as one number", run: `refused http://${decimal}:5432/`, works: judged },
    {
      what: "a private address written in IPv6",
      run: `refused 'http://[::ffff:${core}]:5432/'; refused 'http://[64:ff9b::${hex}]/'; refused 'http://[2002:${hex}::1]/'`,
      works: judged,
    },
    { what: "local IPv6 addresses through the proxy", run: 'for a in ::1 fe80::1 fd00::1 ff02::1 fc00::5; do refused "http://[$a]/"; done', works: judged },
    {
      what: "shared, multicast and unassigned ranges through the proxy",
      run: "for a in 100.64.0.1 224.0.0.1 240.0.0.1 255.255.255.255 192.0.0.1; do refused http://$a/; done",
      works: judged,
    },
    { what: "mail to the world through the proxy", run: `refused http://${internet}:25/; tunnel http://${internet}:25/`, works: judged },
    {
      what: "the proxy's own management pages",
      run: "proxied http://egress:3128/squid-internal-mgr/menu | grep -q '^ *info' && echo BROKE OUT; refused http://egress:3128/squid-internal-mgr/info",
      works: judged,
    },
  ];
}

/** What a tenant whose Internet is off may not do. */
export const offlineAttempts: Attempt[] = [
  { what: "the proxy, by name, from a tenant without Internet", run: "tcp egress 3128", works: { from: "edge" } },
  {
    what: "the proxy, by the address it has for others, from a tenant without Internet",
    run: "own=$(hostname -i); tcp ${own%.*}.$((${own##*.} + 3)) 3128; tcp ${own%.*}.$((${own##*.} - 13)) 3128",
    works: { from: "edge", run: "tcp egress 3128" },
  },
];
