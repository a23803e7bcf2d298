//! What every view trait of the SDK has in common.

/// A chain that embeds the SDK. Gives every view trait the same error type.
///
/// Each crate declares its own small views with this trait as supertrait, so that a function bounded by two of them
/// still has one `V::Error`. Use [`core::convert::Infallible`] where reads cannot fail.
pub trait Host {
    /// A fault of the host itself, such as a corrupt store. Says nothing about the message being judged; it is handed
    /// through unchanged and never becomes a verdict.
    type Error;
}

impl<H: Host + ?Sized> Host for &H {
    type Error = H::Error;
}
