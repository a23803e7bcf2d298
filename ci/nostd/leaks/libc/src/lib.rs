//! Negative control: `#![no_std]` and accepted by every check of the compiler, but it calls a function of libc.
#![no_std]

unsafe extern "C" {
    fn getrandom(buffer: *mut u8, length: usize, flags: u32) -> isize;
}

/// Asks the operating system for four random bytes.
#[must_use]
pub fn random() -> u32 {
    let mut bytes = [0; 4];
    // SAFETY: the buffer is as long as stated.
    let filled = unsafe { getrandom(bytes.as_mut_ptr(), bytes.len(), 0) };
    if filled == 4 { u32::from_le_bytes(bytes) } else { 0 }
}
