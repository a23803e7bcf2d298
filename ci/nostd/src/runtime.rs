//! All that stands between the program and the kernel: entry, exit, output, memory.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::{asm, global_asm};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!(
    "this program speaks to Linux on x86-64; elsewhere the bare-metal builds of `check` stand alone"
);

// The kernel enters with the stack pointer at argc. What follows `_start` is what a compiler may call without being
// asked: the memory functions that libc would bring, and two symbols that the prebuilt `core` and `alloc` mention
// because they were compiled for unwinding.
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {run}",
    "movzx edi, al",
    "mov eax, 60",
    "syscall",
    "ud2",
    ".globl memcpy",
    "memcpy:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    ".globl memmove",
    "memmove:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "mov r8, rdi",
    "sub r8, rsi",
    "cmp r8, rdx",
    "jb 2f",
    "rep movsb",
    "ret",
    // The destination begins inside the source: copy from the end.
    "2:",
    "lea rdi, [rdi + rdx - 1]",
    "lea rsi, [rsi + rdx - 1]",
    "std",
    "rep movsb",
    "cld",
    "ret",
    ".globl memset",
    "memset:",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
    ".globl memcmp",
    ".globl bcmp",
    "memcmp:",
    "bcmp:",
    "xor eax, eax",
    "xor ecx, ecx",
    "3:",
    "cmp rcx, rdx",
    "je 4f",
    "movzx eax, byte ptr [rdi + rcx]",
    "movzx r8d, byte ptr [rsi + rcx]",
    "inc rcx",
    "sub eax, r8d",
    "je 3b",
    "4:",
    "ret",
    ".globl strlen",
    "strlen:",
    "xor eax, eax",
    "5:",
    "cmp byte ptr [rdi + rax], 0",
    "je 6f",
    "inc rax",
    "jmp 5b",
    "6:",
    "ret",
    ".globl rust_eh_personality",
    ".globl _Unwind_Resume",
    "rust_eh_personality:",
    "_Unwind_Resume:",
    "ud2",
    run = sym crate::run,
);

/// Writes to standard error.
pub(crate) fn print(text: &str) {
    // SAFETY: write(2, pointer, length) reads `length` bytes and changes nothing but the registers named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") 1_u64 => _,
            in("rdi") 2_u64,
            in("rsi") text.as_ptr(),
            in("rdx") text.len(),
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
}

fn exit(code: u32) -> ! {
    // SAFETY: exit does not return.
    unsafe { asm!("syscall", in("rax") 60_u64, in("rdi") u64::from(code), options(noreturn, nostack)) }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    print("no_std: panic");
    if let Some(message) = info.message().as_str() {
        print(": ");
        print(message);
    }
    if let Some(location) = info.location() {
        print(" in ");
        print(location.file());
    }
    print("\n");
    exit(2)
}

const HEAP_BYTES: usize = 256 << 20;

/// Hands out memory upwards and never takes it back.
struct Bump {
    heap: UnsafeCell<[u8; HEAP_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: `used` alone decides who owns which part of the heap, and it is atomic.
unsafe impl Sync for Bump {}

// SAFETY: every part is handed out once, within the heap, and aligned as asked.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.heap.get().cast::<u8>();
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let padding = base.wrapping_add(used).align_offset(layout.align());
            let start = used.saturating_add(padding);
            let end = start.saturating_add(layout.size());
            if end > HEAP_BYTES {
                return core::ptr::null_mut();
            }
            match self
                .used
                .compare_exchange_weak(used, end, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return base.wrapping_add(start),
                Err(now) => used = now,
            }
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

/// Returns the bytes that were handed out until now.
pub(crate) fn allocated() -> usize {
    HEAP.used.load(Ordering::Relaxed)
}

#[global_allocator]
static HEAP: Bump = Bump {
    heap: UnsafeCell::new([0; HEAP_BYTES]),
    used: AtomicUsize::new(0),
};
