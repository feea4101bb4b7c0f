import type { Attempt, Targets } from "./attempt.ts";

/** Numbers of system calls, which differ by processor. */
const numbers =
  process.arch === "arm64"
    ? {
        bpf: 280,
        perf: 241,
        keyctl: 219,
        addKey: 217,
        unshare: 97,
        setns: 268,
        userfaultfd: 282,
        ptrace: 117,
        mount: 40,
        pivot: 41,
        initModule: 105,
        kexec: 104,
        toHandle: 264,
        byHandle: 265,
        readOther: 270,
      }
    : {
        bpf: 321,
        perf: 298,
        keyctl: 250,
        addKey: 248,
        unshare: 272,
        setns: 308,
        userfaultfd: 323,
        ptrace: 101,
        mount: 165,
        pivot: 155,
        initModule: 175,
        kexec: 246,
        toHandle: 303,
        byHandle: 304,
        readOther: 310,
      };
const ioUring = 425;
const newUser = 0x10000000;
const newMounts = 0x00020000;

/** The kernel's doors. */
export const kernelAttempts: Attempt[] = [
  { what: "a user namespace of its own", run: `call ${numbers.unshare} ${newUser}`, works: { from: "free" } },
  { what: "a mount namespace of its own", run: `call ${numbers.unshare} ${newMounts}`, works: { from: "free" } },
  {
    what: "another process's namespace",
    run: `perl -e 'for my $p (1,"self"){open(my $f,"<","/proc/$p/ns/net") or next;print "BROKE OUT\\n" if syscall(${numbers.setns},fileno($f),0)==0}'`,
    works: { from: "free" },
  },
  { what: "a file system of its own", run: `call ${numbers.mount} none /tmp tmpfs 0 0`, works: { from: "free" } },
  {
    what: "the control groups mounted anew, for a release agent",
    run: `mkdir -p /tmp/cg; call ${numbers.mount} none /tmp/cg cgroup2 0 0; find /tmp/cg -name release_agent | head -1 | sed 's/^/BROKE OUT /'`,
    works: { from: "free" },
  },
  {
    what: "its control groups' files",
    run: "find /sys/fs/cgroup -maxdepth 3 -writable -type f 2>/dev/null | head -1 | sed 's/^/BROKE OUT /'",
    works: { from: "free" },
  },
  { what: "another root folder", run: `perl -e 'chroot("/tmp") and print "BROKE OUT\\n"'`, works: { from: "free" } },
  {
    what: "a program for the kernel's own machine (bpf)",
    run: `perl -e 'my $a=pack("LLLLL",2,4,4,1,0).("\\0"x100);print "BROKE OUT\\n" if syscall(${numbers.bpf},0,$a,72)>=0'`,
    works: { from: "free" },
  },
  {
    what: "the kernel's counters of performance",
    run: `perl -e 'my $a=pack("LLQ",1,112,0).("\\0"x200);print "BROKE OUT\\n" if syscall(${numbers.perf},$a,0,-1,-1,0)>=0'`,
    works: { from: "free" },
  },
  {
    what: "the kernel's key rings",
    run: `perl -e 'my $t="user";my $d="freehold";my $p="x";print "BROKE OUT\\n" if syscall(${numbers.addKey},$t,$d,$p,1,-3)>=0'`,
    works: { from: "free" },
  },
  { what: "asynchronous system calls (io_uring)", run: `call ${ioUring} 8 buffer`, works: { from: "free" } },
  { what: "page faults of its own (userfaultfd)", run: `call ${numbers.userfaultfd} 0`, works: { from: "free" } },
  { what: "tracing another process", run: `sleep 5 & call ${numbers.ptrace} 16 $! 0 0; kill -9 $!`, works: { from: "free" } },
  {
    what: "reading another process's memory",
    run: `sleep 5 & perl -e 'my $b="\\0"x16;my $l=pack("PQ",$b,16);my $at=do{open my $m,"<","/proc/$ARGV[0]/maps";hex((split /-/,<$m>)[0])};my $r=pack("QQ",$at,16);print "BROKE OUT\\n" if syscall(${numbers.readOther},$ARGV[0]+0,$l,1,$r,1,0)>0' $!; kill -9 $!`,
    works: { from: "free" },
  },
  {
    what: "a kernel module",
    run: `perl -e 'print "BROKE OUT $!\\n" if syscall(${numbers.initModule},"x",1,"")>=0 or ($!+0)!=1 and ($!+0)!=38'`,
    works: { never: "A kernel without modules refuses root too." },
  },
  {
    what: "another kernel",
    run: `perl -e 'print "BROKE OUT $!\\n" if syscall(${numbers.kexec},0,0,0,0)>=0 or ($!+0)!=1 and ($!+0)!=38'`,
    works: { never: "A kernel without kexec refuses root too." },
  },
  { what: "the program that gets the dumps of crashes", run: "writable /proc/sys/kernel/core_pattern", works: { from: "free" } },
  {
    what: "the kernel's settings and its emergency key",
    run: "writable /proc/sysrq-trigger /proc/sys/kernel/hostname /proc/sys/vm/overcommit_memory /proc/sys/net/ipv4/ip_forward",
    works: { from: "free" },
  },
  {
    what: "the kernel's memory and its addresses",
    run: "head -c 4 /proc/kcore 2>/dev/null | grep -q ELF && echo BROKE OUT; grep -qm 1 -v '^0000000000000000' /proc/kallsyms && echo BROKE OUT",
    works: { from: "free" },
  },
  {
    what: "the kernel's log",
    run: "timeout 2 dmesg 2>/dev/null | grep -q . && echo BROKE OUT; timeout 2 head -c 10 /dev/kmsg 2>/dev/null | grep -q . && echo BROKE OUT",
    works: { from: "free" },
  },
  {
    what: "the devices' settings in /sys",
    run: "find /sys -maxdepth 3 -writable -type f -not -path '/sys/fs/cgroup/*' 2>/dev/null | head -1 | sed 's/^/BROKE OUT /'",
    works: { from: "free" },
  },
];

/** Files that are not its own. */
export const fileAttempts = ({ folder }: Targets): Attempt[] => [
  { what: "writing to the root file system", run: "writable /made /usr/bin/made /etc/passwd /opt/openclaw/made /opt/freehold/probe", works: { from: "free" } },
  { what: "a device of its own", run: "mknod /tmp/disk b 8 0 && echo BROKE OUT; mknod $HOME/.openclaw/kmem c 1 2 && echo BROKE OUT", works: { from: "free" } },
  {
    what: "the machine's disks and memory",
    run: "for device in /dev/mem /dev/vda /dev/sda /dev/nvme0n1 /dev/kvm /dev/loop-control; do [[ -r $device ]] && echo BROKE OUT; done",
    works: { from: "free" },
  },
  {
    what: "a link in its home to a sibling's home",
    run: `ln -sfn ${folder}/alice/home $HOME/link 2>/dev/null; grep -rqs secret-of-alice $HOME/link/ ${folder}/alice/home ../../../alice /tenants && echo BROKE OUT`,
    works: { from: "free" },
  },
  {
    what: "a hard link to a file of the image",
    run: "ln /etc/passwd $HOME/.openclaw/passwd && echo BROKE OUT; ln /etc/passwd /etc/passwd.second && echo BROKE OUT",
    works: { from: "free" },
  },
  {
    what: "a file of the host by its number",
    run: `perl -e 'my $h=pack("Ll",128,0).("\\0"x128);my $m="\\0"x8;my $f="/etc/hosts";exit if syscall(${numbers.toHandle},-100,$f,$h,$m,0)<0;open(my $d,"<","/etc/hosts");print "BROKE OUT\\n" if syscall(${numbers.byHandle},fileno($d),$h,0)>=0'`,
    works: { from: "free" },
  },
  {
    what: "the engine's socket",
    run: "for socket in /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock; do curl -s --max-time 3 --unix-socket $socket http://docker/_ping | grep -q OK && echo BROKE OUT; done",
    works: { from: "free" },
  },
  {
    what: "processes of the host or of others",
    // By their names: command lines of attempts beside it speak of the engine, too.
    run: "cat /proc/[0-9]*/comm 2>/dev/null | grep -qxE 'dockerd|containerd' && echo BROKE OUT",
    works: { from: "free" },
  },
];

const otherSecrets =
  "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -iE 'token|secret|password|credential|_key' | grep -vE '^(OPENCLAW_GATEWAY_TOKEN|FREEHOLD_KEY)=' | grep -q . && echo BROKE OUT";

/** Rights, and what others keep secret. */
export const rightAttempts = ({ keys }: Targets): Attempt[] => [
  {
    what: "programs that raise rights",
    run: "find / -xdev -type f -perm /6000 2>/dev/null | head -1 | sed 's/^/BROKE OUT /'",
    works: { from: "edge", run: "cp /bin/true /tmp/true; chmod 4755 /tmp/true; find /tmp -type f -perm /6000 | sed 's/^/BROKE OUT /'" },
  },
  {
    what: "any capability",
    run: "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb):' /proc/self/status | grep -qv 0000000000000000 && echo BROKE OUT",
    works: { from: "plain" },
  },
  { what: "new rights by a program", run: "grep -q 'NoNewPrivs:.0' /proc/self/status && echo BROKE OUT", works: { from: "plain" } },
  { what: "being root", run: `perl -e '$<=$>=0; print "BROKE OUT\\n" if $>==0'`, works: { from: "free" } },
  { what: "a life without the filter of system calls", run: "grep -q '^Seccomp:.2' /proc/self/status || echo BROKE OUT", works: { from: "free" } },
  {
    what: "secrets in the environment besides its own two",
    run: otherSecrets,
    works: { from: "free", run: `MANAGER_TOKEN=of-another sleep 5 & ${otherSecrets}` },
  },
  {
    what: "the sibling's key, in any file or process it can read",
    run: `{ cat /proc/[0-9]*/environ; grep -rhs --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir=opt . $HOME /tmp /run /etc /var; } 2>/dev/null | tr '\\0' '\\n' | grep -q '${keys.sibling}' && echo BROKE OUT`,
    works: { from: "alice" },
  },
];

/** The only neighbour that listens to a tenant. */
export const gatewayAttempts = ({ keys }: Targets): Attempt[] => {
  const ask = (path: string, header: string, more = "") =>
    `code=$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' ${more} --header '${header}' http://gateway:4010${path}); [[ $code == 2* ]] && echo "BROKE OUT: $code"`;
  const key = (text: string) => `x-api-key: ${text}`;
  const turn = `--header 'content-type: application/json' --data '{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}'`;
  const works = { from: "edge", run: ask("/v1/messages", key(keys.own), turn) } as const;
  const admin = { from: "edge", run: ask("/admin/keys", `authorization: Bearer ${keys.admin}`) } as const;
  return [
    {
      what: "the gateway's keys with its own key",
      run: `${ask("/admin/keys", key(keys.own))}; ${ask("/admin/keys", `authorization: Bearer ${keys.own}`)}`,
      works: admin,
    },
    {
      what: "a larger budget, asked with its own key",
      run: ask("/admin/keys", `authorization: Bearer ${keys.own}`, `--request POST --header 'content-type: application/json' --data '{"name":"more"}'`),
      works: admin,
    },
    { what: "what others asked the models", run: ask("/admin/requests", key(keys.own)), works: admin },
    { what: "a model without a key", run: ask("/v1/messages", "x-none: 1", turn), works },
    { what: "a model with a key that was revoked", run: ask("/v1/messages", key(keys.revoked), turn), works },
    { what: "a model beyond what its key may ask", run: ask("/v1/messages", key(keys.spent), turn), works },
    { what: "a model with a guessed key", run: ask("/v1/messages", key(`${keys.sibling.slice(0, -4)}aaaa`), turn), works },
  ];
};

/** More than its share, as far as a script sees what it got; what only the host sees is asked there. */
export const shareAttempts = (memoryMb: number): Attempt[] => [
  {
    what: "processes without end",
    run: `perl -e 'my @p;for(1..400){my $p=fork();last if !defined $p;if(!$p){sleep 20;exit}push @p,$p}print "BROKE OUT\\n" if @p>=200;kill 9,@p'`,
    works: { from: "plain" },
  },
  {
    what: "a file larger than its disk",
    run: "head -c 100M /dev/zero >$HOME/large; (($(stat -c %s $HOME/large) > 64 << 20)) && echo BROKE OUT; rm $HOME/large",
    works: { from: "plain" },
  },
  {
    what: "a file in its home larger than its disk",
    run: "cd $HOME/.openclaw && head -c 100M /dev/zero >large; (($(stat -c %s large) > 64 << 20)) && echo BROKE OUT; rm large",
    works: { from: "plain", run: "cd /tmp && head -c 100M /dev/zero >large; (($(stat -c %s large) > 64 << 20)) && echo BROKE OUT; rm large" },
  },
  {
    what: "open files without end",
    run: `perl -e 'my @f;for(1..20000){open(my $f,"<","/dev/null") or last;push @f,$f}print "BROKE OUT\\n" if @f>17000'`,
    works: { from: "plain", run: `perl -e 'my @f;for(1..500){open(my $f,"<","/dev/null") or last;push @f,$f}print "BROKE OUT\\n" if @f==500'` },
  },
  {
    what: "a dump of a crash",
    run: "(($(ulimit -Hc) > 0)) 2>/dev/null && echo BROKE OUT; [[ $(ulimit -Hc) == unlimited ]] && echo BROKE OUT",
    works: { from: "plain" },
  },
  {
    what: "more memory than it has",
    run: `node -e 'const kept=[];for(let i=0;i<${Math.ceil(memoryMb / 64) + 2};i++)kept.push(Buffer.alloc(67108864,1));console.log("BROKE"+" OUT",kept.length)'`,
    works: { from: "plain" },
  },
];
