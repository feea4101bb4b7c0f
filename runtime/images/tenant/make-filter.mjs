// Writes the program by which the kernel refuses system calls to a tenant, as `setpriv --seccomp-filter` takes it. It stands behind the engine's own
// list, which leaves some of these open in one version or another: doors into the kernel that an assistant has no use for, and kinds of sockets that
// lead past its network, to the hypervisor among others. Source: linux/seccomp.h, linux/bpf_common.h, the kernel's tables of system calls.
import { writeFileSync } from "node:fs";

// Number on x86-64 and on arm64, where they differ.
const refused = {
  io_uring_setup: [425],
  io_uring_enter: [426],
  io_uring_register: [427],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428],
  move_mount: [429],
  fsopen: [430],
  fsconfig: [431],
  fsmount: [432],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  init_module: [175, 105],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
};
const machines = { x64: { arch: 0xc000003e, column: 0, socket: 41 }, arm64: { arch: 0xc00000b7, column: 1, socket: 198 } };
const machine = machines[process.arch];
if (machine === undefined) throw new Error(`The numbers of ${process.arch}'s system calls are not known here.`);

const EPERM = 1;
const EAFNOSUPPORT = 97;
// Local sockets, IPv4, IPv6, and the kernel's account of interfaces, which the C library asks.
const families = [1, 2, 10, 16];

const load = (offset) => [0x20, 0, 0, offset];
const ifEqual = (value, then, otherwise) => [0x15, then, otherwise, value];
const ifAtLeast = (value, then, otherwise) => [0x35, then, otherwise, value];
const answer = (value) => [0x06, 0, 0, value];
const allow = answer(0x7fff0000);
const refuse = (errno) => answer(0x00050000 | errno);

const numbers = Object.values(refused).map((columns) => columns[machine.column] ?? columns[0]);
const program = [
  // Calls of another processor's kind would have other numbers.
  load(4),
  ifEqual(machine.arch, 1, 0),
  refuse(EPERM),
  load(0),
  ifAtLeast(0x40000000, 0, 1),
  refuse(EPERM),
  ...numbers.flatMap((number) => [ifEqual(number, 0, 1), refuse(EPERM)]),
  ifEqual(machine.socket, 1, 0),
  allow,
  load(16),
  ...families.flatMap((family) => [ifEqual(family, 0, 1), allow]),
  refuse(EAFNOSUPPORT),
];

const bytes = Buffer.alloc(program.length * 8);
for (const [index, [code, then, otherwise, value]] of program.entries()) {
  bytes.writeUInt16LE(code, index * 8);
  bytes.writeUInt8(then, index * 8 + 2);
  bytes.writeUInt8(otherwise, index * 8 + 3);
  bytes.writeUInt32LE(value, index * 8 + 4);
}
writeFileSync(process.argv[2], bytes);
