"""Numbers of the system calls that the filter names, per architecture. Data only.

From the kernel's `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
A call that an architecture does not have is missing from its table.
"""

# What the interpreter needs once everything is loaded. None takes a path, opens anything or reaches another
# process. `fstat` is here and `newfstatat` is not: the latter takes a path whatever its flags say.
ALLOWED = (
    "read write readv writev pread64 close fstat lseek munmap mremap brk "
    "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall "
    "set_robust_list set_tid_address rseq sched_yield getcpu "
    "getpid gettid getppid getuid geteuid getgid getegid getrusage times getrandom "
    "nanosleep gettimeofday time "
    "poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 "
    "recvfrom pipe2 dup dup2 dup3 close_range exit exit_group"
).split()

X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
    "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "readv": 19,
    "writev": 20, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33, "nanosleep": 35,
    "getpid": 39, "sendto": 44, "recvfrom": 45, "socketpair": 53, "clone": 56, "exit": 60, "fcntl": 72, "gettimeofday": 96, "getrusage": 98,
    "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131,
    "prctl": 157, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204, "set_tid_address": 218,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "epoll_wait": 232, "epoll_ctl": 233, "tgkill": 234, "pselect6": 270, "ppoll": 271, "set_robust_list": 273,
    "epoll_pwait": 281, "eventfd2": 290, "epoll_create1": 291, "dup3": 292, "pipe2": 293, "prlimit64": 302,
    "getcpu": 309, "seccomp": 317, "getrandom": 318, "membarrier": 324, "rseq": 334, "clone3": 435, "close_range": 436,
}  # fmt: skip

AARCH64 = {
    "eventfd2": 19, "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22, "dup": 23, "dup3": 24, "fcntl": 25,
    "ioctl": 29, "close": 57, "pipe2": 59, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66,
    "pread64": 67, "pselect6": 72, "ppoll": 73, "fstat": 80, "exit": 93, "exit_group": 94, "set_tid_address": 96,
    "futex": 98, "set_robust_list": 99, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114,
    "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "tgkill": 131,
    "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153,
    "getrusage": 165, "prctl": 167, "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "socketpair": 199,
    "sendto": 206, "recvfrom": 207, "brk": 214, "munmap": 215,
    "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "prlimit64": 261, "seccomp": 277,
    "getrandom": 278, "membarrier": 283, "rseq": 293, "clone3": 435, "close_range": 436,
}  # fmt: skip

# `platform.machine()` → (AUDIT_ARCH value, table)
ARCHITECTURES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}
